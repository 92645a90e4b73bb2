"""Addresses of refills."""

from django.urls import path

from refills import sign_views, views

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
    path("pumps/<int:pump_id>/visit/", views.book, name="book"),
    path("pumps/<int:pump_id>/visit/missed/", views.miss, name="miss"),
    path("clinic/catalogue/products/add/", views.add_product, name="add_product"),
    path("clinic/margins/", views.policy, name="policy"),
]
