"""Layouts and stores in the admin site: a custom layout is written, tried on an example, and then made live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from glider.layouts.stores import store_key
from layouts.dry_run import tried_table
from layouts.models import KnownName, Layout, LayoutSwitch, NameKind, Origin, StoreName
from layouts.services import custom
from layouts.services.known_names import checked_meaning
from layouts.services.validation import CheckedLayout, LayoutError, check_text
from oas.admin_pages import FewWords
from oas.api.refusals import BadValue

if TYPE_CHECKING:
    LayoutBase = admin.ModelAdmin[Layout]
    SwitchBase = admin.ModelAdmin[LayoutSwitch]
    StoreBase = admin.ModelAdmin[StoreName]
    KnownNameBase = admin.ModelAdmin[KnownName]
    FormBase = forms.ModelForm[Layout]
    NameFormBase = forms.ModelForm[KnownName]
else:
    LayoutBase = SwitchBase = StoreBase = KnownNameBase = FewWords
    FormBase = NameFormBase = forms.ModelForm

REFRESH: Final = "2"  # seconds until a page that waits for Glider loads itself again


class LayoutForm(FormBase):
    """The form of a custom layout. Its text is checked as a whole; an error names the key that is wrong."""

    example = forms.FileField(required=False, help_text="A sales file to try the layout on; it is tried when you save.")
    checked: CheckedLayout | None = None

    class Meta:
        model = Layout
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 40, "cols": 110, "spellcheck": "false"})}

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].replace("\r\n", "\n")
        try:
            self.checked = check_text(text)
        except LayoutError as error:
            raise forms.ValidationError(str(error), code="layout") from error
        self._refuse_taken(self.checked.name)
        return text

    def clean_example(self) -> Any:
        example = self.cleaned_data["example"]
        if example is not None and example.size > custom.MOST_EXAMPLE:
            raise forms.ValidationError(f"At most {custom.MOST_EXAMPLE // 1024**2} MB.", code="too_large")
        return example

    def _refuse_taken(self, name: str) -> None:
        if self.instance.pk and name != self.instance.name:
            raise forms.ValidationError(f"The name stays {self.instance.name}: files remember it.", code="name")
        if Layout.objects.filter(name=name, origin=Origin.OWN).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"There is an own layout {name} already.", code="unique")


class KnownNameForm(NameFormBase):
    """The form of a name that an organisation has explained. A second meaning is refused."""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:  # a part is missing or wrong, and its field says so
            return given
        name: KnownName = self.instance
        kind, written = given.get("kind", name.kind), given.get("written", name.written)
        try:
            given["meaning"] = checked_meaning(NameKind(kind), given.get("meaning", ""))
        except BadValue as refused:
            raise forms.ValidationError({"meaning": refused.text}) from refused
        organisation = given.get("organisation", name.organisation_id)
        same = KnownName.objects.of(organisation).filter(kind=kind, key=store_key(written))
        if same.exclude(pk=name.pk).exists():
            raise forms.ValidationError({"written": "The organisation has explained this name already."})
        return given


@admin.register(Layout)
class LayoutAdmin(LayoutBase):
    form = LayoutForm
    list_display = ("name", "title", "origin", "state", "evidence", "version", "updated_at", "updated_by")
    list_filter = ("origin", "state", "evidence")
    search_fields = ("name", "title", "source")
    actions = ("copy_to_change", "try_again", "make_live", "make_draft")
    readonly_fields = ("title", "source", "evidence", "state", "version", "example_name", "dry_run")

    def get_fields(self, request: HttpRequest, layout: Layout | None = None) -> Any:
        if layout is not None and layout.origin == Origin.SHIPPED:
            return ["name", "title", "source", "evidence", "state", "version", "text"]
        return ["text", "example", *(self.readonly_fields if layout else ())]

    def has_change_permission(self, request: HttpRequest, layout: Layout | None = None) -> bool:
        # A shipped layout is changed by making a copy of it live.
        return super().has_change_permission(request, layout) and (layout is None or layout.origin == Origin.OWN)

    def has_delete_permission(self, request: HttpRequest, layout: Layout | None = None) -> bool:
        return super().has_delete_permission(request, layout) and (layout is None or layout.origin == Origin.OWN)

    def save_model(self, request: HttpRequest, layout: Layout, form: Any, change: bool) -> None:
        custom.fill(layout, form.checked, actor=request.user.get_username())
        layout.save()
        example = form.cleaned_data["example"]
        if example is not None:
            custom.keep_example(layout, name=example.name, content=example.read())
        if layout.example_key:
            self._try(request, layout)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the result of the dry run; while Glider has not answered, the page loads itself again."""
        # Asked for the answer before the page is made, so that the page shows one that has just come.
        pending = request.method == "GET" and self._is_pending(object_id)
        response = super().change_view(request, object_id, form_url, extra_context)
        if pending:
            response["Refresh"] = REFRESH
        return response

    def _is_pending(self, object_id: str) -> bool:
        """Ask for the answer of a dry run that has none yet. Returns whether it is still to come."""
        rows = Layout.objects.filter(pk=object_id, origin=Origin.OWN).exclude(example_key="")
        layout = rows.exclude(tried_version=F("version")).first() if object_id.isdecimal() else None
        return layout is not None and custom.dry_run(layout) is None

    @admin.display(description="Dry run")
    def dry_run(self, layout: Layout) -> str:
        return tried_table(layout)

    @admin.action(permissions=["add"], description="Make a copy to change")
    def copy_to_change(self, request: HttpRequest, layouts: QuerySet[Layout]) -> HttpResponse | None:
        copies = [copy for layout in layouts if (copy := self._copied(request, layout)) is not None]
        if len(copies) == 1:
            return redirect(reverse("admin:layouts_layout_change", args=[copies[0].pk]))
        self.message_user(request, f"{len(copies)} drafts are there to change.")
        return None

    def _copied(self, request: HttpRequest, layout: Layout) -> Layout | None:
        try:
            return custom.draft_of(layout, actor=request.user.get_username())
        except LayoutError as error:  # of an earlier version of OAS, which had other keys
            self.message_user(request, f"{layout.name} cannot be copied: {error}", messages.ERROR)
            return None

    @admin.action(permissions=["change"], description="Try on the example again")
    def try_again(self, request: HttpRequest, layouts: QuerySet[Layout]) -> None:
        for layout in layouts:
            if layout.example_key:
                self._try(request, layout)
            else:
                self.message_user(request, f"{layout.name} has no example.", messages.WARNING)

    @admin.action(permissions=["change"], description="Make live")
    def make_live(self, request: HttpRequest, layouts: QuerySet[Layout]) -> None:
        for layout in layouts:
            try:
                custom.make_live(layout, actor=request.user.get_username())
            except custom.NotTried as refused:
                self.message_user(request, str(refused), messages.ERROR)
            else:
                self.message_user(request, f"{layout.name} is live: files are read with it from now on.")

    @admin.action(permissions=["change"], description="Take out of use (draft)")
    def make_draft(self, request: HttpRequest, layouts: QuerySet[Layout]) -> None:
        count = custom.make_draft(layouts)
        self.message_user(request, f"{count} own layouts are drafts; a shipped one of the name is used again.")

    def _try(self, request: HttpRequest, layout: Layout) -> None:
        found = custom.dry_run(layout)
        layout.refresh_from_db()
        if found is None:
            text = f"Glider is reading the example of {layout.name}: what came of it is shown on the layout's page."
            self.message_user(request, text)
        elif found.cause is not None:
            self.message_user(request, f"The example was not taken: {found.message}", messages.ERROR)
        elif not layout.recognised_own_example:
            taken = ", ".join(part.layout for part in found.parts)
            self.message_user(request, f"The example was taken for another layout: {taken}.", messages.ERROR)
        else:
            self.message_user(request, "The example was read; see the dry run below, then make it live.")


@admin.register(LayoutSwitch)
class LayoutSwitchAdmin(SwitchBase):
    list_display = ("organisation", "name", "enabled")
    list_filter = ("organisation", "enabled")
    list_editable = ("enabled",)
    search_fields = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LayoutSwitch]:
        return LayoutSwitch.objects.unscoped().select_related("organisation")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "name":
            names = Layout.objects.order_by("name").values_list("name", flat=True).distinct()
            return forms.ChoiceField(choices=[(name, name) for name in names], label="Layout")
        return super().formfield_for_dbfield(db_field, request, **options)


@admin.register(KnownName)
class KnownNameAdmin(KnownNameBase):
    """Names that organisations have explained. They count for files that are read, or imported again, from then on."""

    list_display = ("organisation", "kind", "written", "meaning", "created_by", "created_at")
    list_filter = ("kind", "organisation")
    search_fields = ("written", "meaning")

    def get_queryset(self, request: HttpRequest) -> QuerySet[KnownName]:
        return KnownName.objects.unscoped().select_related("organisation")

    def get_readonly_fields(self, request: HttpRequest, name: KnownName | None = None) -> Any:
        return ("organisation", "kind", "written") if name else ()

    def get_form(self, request: HttpRequest, obj: KnownName | None = None, change: bool = False, **options: Any) -> Any:
        return super().get_form(request, obj, change, form=KnownNameForm, **options)

    def save_model(self, request: HttpRequest, name: KnownName, form: Any, change: bool) -> None:
        name.key, name.created_by = store_key(name.written), name.created_by or request.user.get_username()
        super().save_model(request, name, form, change)


@admin.register(StoreName)
class StoreNameAdmin(StoreBase):
    list_display = ("store", "dsp")
    search_fields = ("store", "dsp")
