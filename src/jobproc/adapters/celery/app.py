"""The Celery application: one task, one queue, nothing kept."""

from celery import Celery, Task
from celery.worker.request import Request
from kombu.entity import Queue

from jobproc.adapters.celery.bell import CONNECT_SECONDS, QUEUE, TRANSPORT


class UnacknowledgedRequest(Request):  # type: ignore[misc]
    """A bell needs no receipt; one that was pending over a broker restart has been seen to end a worker."""

    def acknowledge(self) -> None:
        """Nothing to acknowledge."""

    def reject(self, requeue: bool = False) -> None:
        """Nothing to give back."""


class Bell(Task):  # type: ignore[misc]
    """The only task: it wakes the worker that hears it."""

    Request = UnacknowledgedRequest
    ignore_result = True


def make_celery(broker_url: str) -> Celery:
    """An application for that broker, quiet and without any state of its own."""
    app = Celery("jobproc", broker=broker_url, backend=None, set_as_current=False, task_cls=Bell)
    app.conf.update(
        task_queues=[Queue(QUEUE, no_ack=True)],
        task_default_queue=QUEUE,
        task_default_exchange="",
        task_default_routing_key=QUEUE,
        task_ignore_result=True,
        task_publish_retry=False,
        task_serializer="json",
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # A broker that refuses, since it is full for example, may have room again.
        broker_channel_error_retry=True,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_transport_options=TRANSPORT,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_prefetch_multiplier=1,
    )
    return app
