"""A member's own lines of the ledger."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse

from points.selectors import list_transactions_of

from .base import MemberPage

PAGE_SIZE = 20


class TransactionsPage(MemberPage):
    """Everything that moved the balance."""

    template_name = "site/transactions.html"
    part_template_name = "site/parts/transactions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of transactions."""
        found = Paginator(list_transactions_of(self.member.pk), PAGE_SIZE)
        return self.show({"page": found.get_page(request.GET.get("page"))})
