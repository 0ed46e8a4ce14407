"""How the pages are served: read by `gunicorn wsgi:app` in this folder, by `make run` and by the bench (decision 31)."""

worker_class = "gthread"
workers = 2
threads = 4
control_socket_disable = True
loglevel = "warning"
