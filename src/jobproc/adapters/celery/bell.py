"""The bell: a task for Celery that says nothing but that there is work, and what is asked of its broker."""

from uuid import uuid4

from kombu.connection import Connection
from kombu.messaging import Producer

BELL = "jobproc.bell"
QUEUE = "jobproc"
CONNECT_SECONDS = 2
TRANSPORT = {
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "health_check_interval": 10,
    "global_keyprefix": "jobproc:",
}
# Arguments, named arguments, and what would follow the task.
NOTHING: tuple[list[object], dict[str, object], dict[str, object]] = ([], {}, {})


def send_bell(connection: Connection) -> None:
    """As Celery's protocol of messages says (version 2), for whoever sends tasks without loading Celery."""
    id = str(uuid4())
    headers = {"lang": "py", "task": BELL, "id": id, "root_id": id, "parent_id": None, "group": None}
    producer = Producer(connection, auto_declare=False)
    producer.publish(NOTHING, serializer="json", routing_key=QUEUE, headers=headers, correlation_id=id)
