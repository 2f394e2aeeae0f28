"""Lists whose rows staff decide: one by its button, several after a look at what follows."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from ..selectors.people import among
from .base import ReadOnlyAdmin
from .selection import CheckedSelectionAdmin

SELECTED_MAX = 500
# A search shows the first matches of a list's order.
FOUND_MAX = 1_000


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A way to decide: its address and its words, and whether staff have to say why."""

    slug: str
    verb: str
    done: str
    css_class: str
    wants_reason: bool = False


class DecisionForm(forms.Form):
    """What staff say to a decision. A subclass has the field `reason`."""

    def __init__(self, *args: Any, decision: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if decision.wants_reason:
            self.fields["reason"].required = True
            self.fields["reason"].label = "Reason"


class DecisionQueueAdmin(CheckedSelectionAdmin, ReadOnlyAdmin):
    """A record to read, and the decisions that are its only changes.

    A subclass names the permission, the decisions, the form that goes with them, the converter of
    its keys and what searches its rows, and says how rows are loaded, described and decided.
    """

    decide_permission = ""
    decisions: ClassVar[Mapping[str, Any]] = {}
    decision_form: ClassVar[type[DecisionForm]]
    key_converter = "int"
    # Takes a queryset, `text` and `count_max`; returns the keys of the first matches in its order.
    search_rows: ClassVar[Callable[..., Collection[Any]]]

    def load_rows(self, keys: list[str]) -> list[Any]:
        """Return rows by their keys, with what the pages show of them."""
        raise NotImplementedError

    def describe_decision(
        self, request: HttpRequest, rows: list[Any], decision: Any
    ) -> dict[str, Any]:
        """Return what the page that asks says of a decision's consequences."""
        raise NotImplementedError

    def decide_rows(
        self, request: HttpRequest, keys: list[str], decision: Any, said: dict[str, str]
    ) -> HttpResponse:
        """Decide, tell what came of it and go back. `said` is what the form holds, if any."""
        raise NotImplementedError

    def list_open_decisions(self, row: Any) -> list[Any]:
        """Return the decisions a row can take from where it stands."""
        raise NotImplementedError

    def is_own(self, request: HttpRequest, row: Any) -> bool:
        """Answer whether it is for somebody else to decide, as it is the person's own."""
        raise NotImplementedError

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Allow readers, and whoever decides."""
        return super().has_view_permission(request, obj) or self.has_decide_permission(request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Allow whoever holds the queue's permission."""
        return request.user.has_perm(self.decide_permission)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Return the first matches in the list's order: looked for once, not for count and page."""
        text = search_term.strip()
        if not text:
            return queryset, False
        keys = self.search_rows(queryset, text=text, count_max=FOUND_MAX)
        return queryset.filter(pk__in=among(keys, of=self.opts.pk)), False

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses that decide."""
        return [
            path(
                "decide/<slug:slug>/",
                self.admin_site.admin_view(self.decide_view),
                name=self._name("decide"),
            ),
            path(
                f"<{self.key_converter}:key>/decide/<slug:slug>/",
                self.admin_site.admin_view(self.decide_one_view),
                name=self._name("decide_one"),
            ),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def decide_one_view(self, request: HttpRequest, key: Any, slug: str) -> HttpResponse:
        """Decide the row of one button; what wants a reason asks for it first."""
        decision = self._check_decision(request, slug)
        if not decision.wants_reason:
            return self.decide_rows(request, [str(key)], decision, {})
        rows = self.load_rows([str(key)])
        if not rows:
            raise Http404
        return self.ask(request, rows, decision, self.decision_form(decision=decision))

    @method_decorator(require_POST)
    def decide_view(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Decide what the page that asks listed."""
        decision = self._check_decision(request, slug)
        keys = self.read_keys(request.POST.getlist(str(self.opts.model_name)))[:SELECTED_MAX]
        form = self.decision_form(request.POST, decision=decision)
        if form.is_valid():
            return self.decide_rows(request, keys, decision, form.cleaned_data)
        return self.refuse_form(request, keys, decision, form)

    def read_keys(self, texts: list[str]) -> list[str]:
        """Return the keys a page sent. Nothing but our own pages does; a broken one is no page."""
        if not all(self.is_key(text) for text in texts):
            raise Http404
        return texts

    def refuse_form(
        self, request: HttpRequest, keys: list[str], decision: Any, form: DecisionForm
    ) -> HttpResponse:
        """Ask again, saying what is missing."""
        return self.ask(request, self.load_rows(keys), decision, form)

    def ask(
        self, request: HttpRequest, rows: list[Any], decision: Any, form: DecisionForm
    ) -> HttpResponse:
        """Show the page that says what follows and asks for the last word."""
        context = {
            **self.admin_site.each_context(request),
            **self.describe_decision(request, rows, decision),
            "title": f"{decision.verb} {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "decision": decision,
            "form": form,
            "rows": rows,
            "decide_url": self.return_to_list(request, self._reverse("decide", decision.slug)),
            "list_url": self.list_url(request),
        }
        template = f"admin/{self.opts.app_label}/{self.opts.model_name}/decide.html"
        return TemplateResponse(request, template, context)

    def ask_about_selected(
        self, request: HttpRequest, queryset: QuerySet[Any], decision: Any
    ) -> HttpResponse | None:
        """Ask about a list's selection.

        The rows are loaded by key and not through the list's filters, so that one decided
        meanwhile is named and not silently missing.
        """
        if request.POST.get("select_across") == "1":
            keys = [str(key) for key in queryset.values_list("pk", flat=True)[: SELECTED_MAX + 1]]
        else:
            keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if len(keys) > SELECTED_MAX:
            names = self.opts.verbose_name_plural
            sentence = f"Select at most {SELECTED_MAX} {names} at once."
            self.message_user(request, sentence, messages.ERROR)
            return None
        form = self.decision_form(decision=decision)
        return self.ask(request, self.load_rows(keys), decision, form)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Show a row with the buttons that decide it."""
        row = kwargs.get("obj")
        if row and self.has_decide_permission(request):
            context["decision_buttons"] = self.render_buttons(request, row)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def render_buttons(self, request: HttpRequest, row: Any) -> SafeString | str:
        """Return the buttons that decide a row, nothing when it is decided."""
        decisions = self.list_open_decisions(row)
        if not decisions:
            return ""
        if self.is_own(request, row):
            return format_html('<span class="own">{}</span>', "Yours: a colleague decides")
        buttons = format_html_join(
            " ",
            '<button type="submit" formmethod="post" formaction="{}" class="button decide {}"'
            ' formnovalidate aria-label="{} {}">{}</button>',
            (
                (
                    self.return_to_list(
                        request, self._reverse("decide_one", row.pk, decision.slug)
                    ),
                    decision.css_class,
                    decision.verb,
                    row,
                    decision.verb,
                )
                for decision in decisions
            ),
        )
        return format_html('<span class="decisions">{}</span>', buttons)

    def list_url(self, request: HttpRequest) -> str:
        """Return the list's address with the filters it was left with."""
        return self.return_to_list(request, self._reverse("changelist"))

    def return_to_list(self, request: HttpRequest, url: str) -> str:
        """Return the address with the list's filters, so that deciding leads back to them."""
        context: dict[str, Any] = {
            "preserved_filters": self.get_preserved_filters(request),
            "opts": self.opts,
        }
        return add_preserved_filters(context, url)

    def _check_decision(self, request: HttpRequest, slug: str) -> Any:
        if not self.has_decide_permission(request):
            raise PermissionDenied
        if slug not in self.decisions:
            raise Http404
        return self.decisions[slug]

    def _name(self, page: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def _reverse(self, page: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self._name(page)}", args=args)
