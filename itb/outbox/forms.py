"""What a person confirms before letters leave a restored database."""

from django import forms

from itb.fields import NoteField


class ResumeForm(forms.Form):
    """Each consequence is said by the person, one by one; nothing is checked beforehand."""

    told = forms.BooleanField(
        label="Everyone who works here knows that what was recorded in that time is missing",
        error_messages={
            "required": "Tell them first: a refill that is missing makes a pump look emptier than it is."
        },
    )
    entering = forms.BooleanField(
        label="Refills, programmes and visits of that time are being entered again from paper",
        error_messages={"required": "Begin with that: until then dates are those of before the gap."},
    )
    opened_by = NoteField()
