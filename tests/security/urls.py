"""The project's addresses, and one view behind a step-up whose form keeps a draft."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import path

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.permissions import Permission
from itb.urls import urlpatterns as ours


class NoteForm(forms.Form):
    opened_by = forms.CharField(widget=forms.HiddenInput)
    note = forms.CharField()


@requires(Permission.VIEW, step_up=True)
def sign(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return HttpResponse(f"signed {request.POST['note']}")
    return HttpResponse(NoteForm(initial=drafts.initial(request)).as_p())


urlpatterns = [*ours, path("sign/", sign, name="sign")]
