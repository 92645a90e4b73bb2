"""gunicorn's configuration, beside what its command line says: `gunicorn -c python:itb.server itb.wsgi:application`."""

from typing import Final

from gunicorn.http import wsgi

from itb.logs import LOGGING

wsgi.SERVER = "web"  # no banner: which server this is helps nobody who may be here

logconfig_dict: Final = LOGGING
limit_request_line: Final = 4094
limit_request_fields: Final = 50
limit_request_field_size: Final = 8190
