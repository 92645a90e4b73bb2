"""Addresses of refills."""

from django.urls import path

from refills import followup_views, lot_views, sheet_views, views

app_name = "refills"
urlpatterns = [
    path("pumps/<int:pump_id>/refill/", views.record, name="record"),
    path("pumps/<int:pump_id>/programme/", views.start, name="start"),
    path("pumps/<int:pump_id>/adjust/", views.adjust, name="adjust"),
    path("refills/<int:refill_id>/correct/", views.correct_refill, name="correct_refill"),
    path("programmes/<int:programme_id>/correct/", views.correct_programme, name="correct_programme"),
    path("adjustments/<int:adjustment_id>/correct/", views.correct_adjustment, name="correct_adjustment"),
    path("pumps/<int:pump_id>/visit/", views.book, name="book"),
    path("pumps/<int:pump_id>/visit/missed/", views.miss, name="miss"),
    path("refills/<int:refill_id>/", sheet_views.sheet, name="sheet"),
    path("followups/<int:followup_id>/close/", followup_views.close_followup, name="close_followup"),
    path("lots/", lot_views.lots, name="lots"),
    path("lots/export/", lot_views.export_lots, name="export_lots"),
    path("clinic/procedure/", views.procedure_policy, name="procedure_policy"),
    path("clinic/catalogue/products/add/", views.add_product, name="add_product"),
    path("clinic/margins/", views.policy, name="policy"),
]
