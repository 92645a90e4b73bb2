"""The web process's entrance."""

import os

from django.core.wsgi import get_wsgi_application

from itb.walls import refuse_wrong_role_at_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")
application = get_wsgi_application()
refuse_wrong_role_at_start()
