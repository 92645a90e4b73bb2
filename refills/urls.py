"""Addresses of refills."""

from django.urls import path

from refills import (
    arrangement_views,
    bulk_views,
    calendar_views,
    followup_views,
    lot_views,
    planning_views,
    policy_views,
    sheet_views,
    sign_views,
    views,
    visit_views,
)

app_name = "refills"
urlpatterns = [
    path("pumps/<int:pump_id>/refill/", views.record, name="record"),
    path("pumps/<int:pump_id>/programme/", views.start, name="start"),
    path("programmes/unsigned/", sign_views.list_unsigned, name="list_unsigned"),
    path("programmes/<int:pending_id>/sign/", sign_views.sign, name="sign"),
    path("pumps/<int:pump_id>/adjust/", views.adjust, name="adjust"),
    path("refills/<int:refill_id>/correct/", views.correct_refill, name="correct_refill"),
    path("programmes/<int:programme_id>/correct/", views.correct_programme, name="correct_programme"),
    path("adjustments/<int:adjustment_id>/correct/", views.correct_adjustment, name="correct_adjustment"),
    path("pumps/<int:pump_id>/visit/", visit_views.book, name="book"),
    path("pumps/<int:pump_id>/visit/missed/", visit_views.miss, name="miss"),
    path("pumps/<int:pump_id>/visit/end/", visit_views.end, name="end"),
    path("pumps/<int:pump_id>/visits/", visit_views.visits, name="visits"),
    path("pumps/<int:pump_id>/contact/", visit_views.contact, name="contact"),
    path("pumps/<int:pump_id>/authorisation/", arrangement_views.authorise, name="authorise"),
    path("pumps/<int:pump_id>/order/", arrangement_views.order, name="order"),
    path("pumps/<int:pump_id>/home/", arrangement_views.home, name="home"),
    path("visits/", calendar_views.calendar, name="calendar"),
    path("visits/move/", bulk_views.move, name="move"),
    path("visits/missed/", bulk_views.rebook, name="rebook"),
    path("visits/export/", calendar_views.export_visits, name="export_visits"),
    path("clinic/closed-days/", planning_views.closed_days, name="closed_days"),
    path("clinic/closed-days/add/", planning_views.close, name="close"),
    path("clinic/closed-days/weekly/", planning_views.close_weekly, name="close_weekly"),
    path("clinic/closed-days/<int:closure_id>/lift/", planning_views.lift, name="lift"),
    path("clinic/planning/", planning_views.planning, name="planning"),
    path("refills/<int:refill_id>/", sheet_views.sheet, name="sheet"),
    path("followups/<int:followup_id>/close/", followup_views.close_followup, name="close_followup"),
    path("lots/", lot_views.lots, name="lots"),
    path("lots/export/", lot_views.export_lots, name="export_lots"),
    path("clinic/procedure/", views.procedure_policy, name="procedure_policy"),
    path("clinic/catalogue/products/add/", views.add_product, name="add_product"),
    path("clinic/policy/margins/", policy_views.policy, name="policy"),
    path("clinic/policy/programming/", policy_views.programming, name="programming"),
]
