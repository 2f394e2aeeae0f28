"""A member's own lines of the ledger."""

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse

from points.renderers import write_csv
from points.selectors import list_actions, list_transactions_of, narrow_transactions
from points.serializers import STATEMENT_COLUMNS, StatementSerializer, list_statement_rows
from points.services.calendar import get_programme_date
from points.services.statements import get_month_statement

from ..filters import StatementForm, TransactionFilterForm, list_months
from .base import MemberPage

PAGE_SIZE = 20


class TransactionsPage(MemberPage):
    """Everything that moved the balance."""

    template_name = "site/transactions.html"
    part_template_name = "site/parts/transactions.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show a page of transactions, narrowed and sorted."""
        form = TransactionFilterForm(request.GET, actions=list_actions())
        transactions = list_transactions_of(self.member.pk)
        if form.is_valid():
            found = narrow_transactions(transactions, form.get_wanted())
            found = found.order_by(*form.get_order())
        else:
            found = transactions.none()
        page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
        context: dict[str, Any] = {"form": form, "page": page}
        if not self.wants_part:
            today = get_programme_date(self.now)
            context["months"] = list_months(self.member.joined_at, until=today)
        return self.show(context)


class StatementFile(MemberPage):
    """A month's statement as a file, with what the API says of the month."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Return the month as CSV or JSON."""
        form = StatementForm(request.GET)
        if not form.is_valid():
            raise Http404
        month: date = form.cleaned_data["month"]
        if month > get_programme_date(self.now):
            raise Http404
        shown = get_month_statement(
            member_id=self.member.pk, user_id=self.member.public_id, month=month
        )
        data = dict(StatementSerializer(shown).data)
        name = f"points-{month:%Y-%m}"
        response: HttpResponse
        if form.cleaned_data["format"] == "json":
            response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
            name += ".json"
        else:
            text = write_csv(STATEMENT_COLUMNS, list_statement_rows(data))
            response = HttpResponse(text, content_type="text/csv; charset=utf-8")
            name += ".csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
