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
    people = forms.BooleanField(
        label="Whoever left in that time is let go again, and passwords that were changed are changed again",
        error_messages={"required": "Look at the clinic’s people first: this database knows the old ones."},
    )
    opened_by = NoteField()
