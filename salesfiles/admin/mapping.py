"""The mapping page of the admin site: a person maps the columns of a file that no layout knows to a draft layout."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views import View

from glider.contract import ProposedMapping
from layouts.admin import REFRESH
from layouts.dry_run import rows_table
from layouts.models import Layout, Origin
from layouts.services import custom
from layouts.services.validation import check_text
from oas.kernel.amounts import format_amount
from salesfiles.services.previews import UnknownFile, file_to_map, preview, unknown_file

FIELDS: Final = {
    "net": "Net: what the label is to receive",
    "period": "Month or day of the sale",
    "statement_period": "Month of the statement",
    "store": "Store",
    "territory": "Country",
    "artist": "Artist",
    "release": "Release",
    "track": "Track",
    "isrc": "ISRC",
    "upc": "UPC",
    "catalogue_number": "Catalogue number",
    "label": "Label",
    "quantity": "Quantity",
    "gross": "Gross, in the same currency as net",
    "currency": "Currency of net",
}
REQUIRED: Final = ("net", "period")
NOTATIONS: Final = (
    ("year_month", "2025-07, 2025/07/31, 20250731"),
    ("month_day_year", "7/31/2025 (month first)"),
    ("day_month_year", "31/7/2025 (day first)"),
    ("month_name_year", "July 2025, JUL-25"),
)
DECIMALS: Final = (("auto", "found from the column"), ("point", "1,234.56"), ("comma", "1.234,56"))


class MappingForm(forms.Form):
    """The name of the new layout, its header among the rows `seen`, and the column of each field."""

    name = forms.RegexField(r"^[a-z0-9]+(_[a-z0-9]+)*$", max_length=64, help_text="Small letters, digits, underscores.")
    title = forms.CharField(max_length=200)
    header_row = forms.TypedChoiceField(coerce=int, help_text="Which row names the columns.")
    notation = forms.ChoiceField(choices=NOTATIONS, label="Dates look like")
    decimals = forms.ChoiceField(choices=DECIMALS, label="Amounts look like")
    fixed_currency = forms.RegexField(
        r"^[A-Z]{3}$", required=False, help_text="Where no column has the currency: EUR, USD …"
    )

    def __init__(self, *args: Any, seen: UnknownFile, **options: Any) -> None:
        super().__init__(*args, **options)
        self.seen = seen
        rows = [(number, f"row {number + 1}: {', '.join(row[:6])}"[:90]) for number, row in enumerate(seen.rows)]
        header_row: Any = self.fields["header_row"]
        header_row.choices = rows
        header_row.initial = seen.likely_header
        cells = [("", "—"), *((cell, cell) for cell in seen.cells())]
        proposed = seen.proposal.columns if seen.proposal else {}
        for name, label in FIELDS.items():
            column: Any = forms.ChoiceField(choices=cells, required=name in REQUIRED, label=label)
            column.initial = proposed.get(name, "")
            column.help_text = _undecided(seen, name)
            self.fields[f"column_{name}"] = column
        self.fields["fixed_currency"].initial = seen.proposal.currency if seen.proposal else ""

    def clean(self) -> dict[str, Any]:
        """Return the given values with `header` (the cells of the chosen row) and `columns` (field → cell)."""
        given = super().clean() or {}
        header = self.seen.rows[given["header_row"]] if "header_row" in given else []
        columns = {name: given.get(f"column_{name}", "") for name in FIELDS}
        if absent := [cell for cell in columns.values() if cell and cell not in header]:
            raise forms.ValidationError(f"Not in the row that names the columns: {', '.join(absent)}.", code="absent")
        if not columns["currency"] and not given.get("fixed_currency"):
            raise forms.ValidationError("Choose the column of the currency, or name the currency.", code="currency")
        if Layout.objects.filter(name=given.get("name", "")).exists():
            raise forms.ValidationError("There is a layout of this name.", code="unique")
        return {**given, "header": header, "columns": columns}


def _undecided(seen: UnknownFile, field: str) -> str:
    cells = seen.proposal.undecided.get(field, []) if seen.proposal else []
    return f"Could be {' or '.join(cells)}." if cells else ""


class MappingView(View):
    """GET shows the first rows of the file and a form; POST saves the mapping as a draft and tries it on the file."""

    admin_site: AdminSite | None = None

    def get(self, request: HttpRequest, file: int) -> HttpResponse:
        seen = _seen(request, file)
        return self._page(request, MappingForm(seen=seen), seen) if seen else self._wait(request)

    def post(self, request: HttpRequest, file: int) -> HttpResponse:
        seen = _seen(request, file)
        if seen is None:
            return self._wait(request)
        form = MappingForm(request.POST, seen=seen)
        if not form.is_valid():
            return self._page(request, form, seen)
        layout = _draft(form.cleaned_data, seen, request)
        custom.dry_run(layout)
        messages.success(request, "The layout is a draft. Look at the dry run below, then make the layout live.")
        return redirect(reverse("admin:layouts_layout_change", args=[layout.pk]))

    def _wait(self, request: HttpRequest) -> HttpResponse:
        """Return a page that loads itself again until the preview is there."""
        assert self.admin_site is not None
        context = {**self.admin_site.each_context(request), "title": "Map the columns of a file"}
        response = render(request, "admin/salesfiles/salesfile/map.html", context, status=202)
        response["Refresh"] = REFRESH
        return response

    def _page(self, request: HttpRequest, form: MappingForm, seen: UnknownFile) -> HttpResponse:
        assert self.admin_site is not None
        width = max((len(row) for row in seen.rows), default=0)
        table = rows_table([str(number + 1) for number in range(width)], seen.rows)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Map the columns of {seen.filename}",
            "form": form,
            "rows": table,
            "proposal": proposal_text(seen.proposal),
        }
        return render(request, "admin/salesfiles/salesfile/map.html", context)


def _seen(request: HttpRequest, id: int) -> UnknownFile | None:
    """Return the rows to map; None while Glider works on the preview.

    Raises PermissionDenied, Http404 when there is nothing to map.
    """
    if not request.user.has_perm("layouts.add_layout"):
        raise PermissionDenied
    file = file_to_map(id)
    found = preview(file) if file else None
    if file is not None and found is None:
        return None
    seen = unknown_file(file, found) if file and found else None
    if seen is None:
        raise Http404("There are no rows of this file to be mapped: it is recognised, or was not uploaded.")
    return seen


def proposal_text(proposal: ProposedMapping | None) -> str:
    """Return in one sentence what the file would come to by `proposal`; empty without one."""
    if proposal is None:
        return ""
    if proposal.figures is None:
        return f"The columns below are proposed from their names. {proposal.message}"
    figures = proposal.figures
    net = ", ".join(f"{format_amount(amount)} {currency}" for currency, amount in figures.net_by_currency.items())
    return (
        f"The columns below are proposed from their names. With them the file has {figures.rows_read} lines, of which "
        f"{figures.accepted} would be accepted, {figures.rejected} rejected and {figures.skipped} skipped; "
        f"net {net or 'nothing'} over {', '.join(figures.periods) or 'no period'}."
    )


def _draft(given: dict[str, Any], seen: UnknownFile, request: HttpRequest) -> Layout:
    """Save the layout that the form describes, as a draft whose example is the file itself."""
    text = custom.mapped_text(
        name=given["name"],
        title=given["title"],
        header=given["header"],
        columns=given["columns"],
        currency="" if given["columns"]["currency"] else given["fixed_currency"],
        notation=given["notation"],
        decimals=given["decimals"],
    )
    layout = Layout(origin=Origin.OWN, example_key=seen.key, example_name=seen.filename)
    custom.fill(layout, check_text(text), actor=request.user.get_username())
    layout.save()
    return layout
