"""Reads what agents report, from the streams that `agent fleet setup` makes, and prints a line for each thing that is new."""

import asyncio
import json
import os
import signal
import sys
import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import nats
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingCame

# Consumers of this name keep their place in the streams: a restart goes on where it stopped.
DURABLE = "example-python"
# Where a copy may come after more messages than this, keep the ids in a database, under a unique key.
REMEMBERED_IDS = 10_000
UNPACKED_LIMIT_BYTES = 16 * 1024 * 1024


@dataclass
class Cluster:
    """What is known of a cluster."""

    # When each open incident opened, by its id.
    open: dict[str, str] = field(default_factory=dict)
    # The list of all open incidents, as far as its parts came.
    list_at: str = ""
    list_parts: set[int] = field(default_factory=set)
    list_ids: set[str] = field(default_factory=set)
    # The parts of a metrics report that came so far; they are acknowledged together.
    report_at: str = ""
    report_parts: dict[int, tuple[dict[str, Any], Msg]] = field(default_factory=dict)


clusters: dict[str, Cluster] = {}
seen: OrderedDict[str, None] = OrderedDict()


def is_new(an_id: str) -> bool:
    """Whether an id is new: a message comes at least once."""
    if an_id in seen:
        return False
    seen[an_id] = None
    if len(seen) > REMEMBERED_IDS:
        seen.popitem(last=False)
    return True


def decode(message: Msg, cluster: str) -> list[dict[str, Any]]:
    """The JSON of a message: one object, or one on each line. The subject alone says which cluster it is from."""
    headers = message.headers or {}
    body = message.data
    if headers.get("Content-Encoding") == "gzip":
        body = zlib.decompressobj(wbits=31).decompress(body, UNPACKED_LIMIT_BYTES)
    many = headers.get("Content-Type") == "application/x-ndjson"
    items = [json.loads(line) for line in (body.splitlines() if many else [body])]
    if any(item["cluster_id"] != cluster for item in items):
        raise ValueError("it names another cluster")
    return items


async def read_report(message: Msg, cluster: str) -> None:
    kind = message.subject.split(".")[-2]
    for report in decode(message, cluster):
        if is_new(report["id"]):
            (follow_update if kind == "update" else follow_event)(report, cluster)
    await message.ack()


def follow_event(event: dict[str, Any], cluster: str) -> None:
    if event["type"] == "agent_gap":  # events before it may have been lost
        return print(f"gap {cluster} {event['reason']}")
    labels, incident = event["labels"], event.get("incident")
    place = "/".join(filter(None, [event["namespace"], labels.get("kind"), labels.get("name")]))
    print(f"event {cluster} {event['severity']} {place} {event['reason']}")
    known = clusters.setdefault(cluster, Cluster())
    if incident is not None and incident["id"] not in known.open:
        known.open[incident["id"]] = incident["opened_at"]
        print(f"opened {cluster} {incident['id']} {incident['family']}")


def follow_update(update: dict[str, Any], cluster: str) -> None:
    match update["kind"]:
        case "evidence":
            print(f"evidence {cluster} {update['incident_id']} {','.join(sorted(update['evidence']))}")
        case "resolved":
            end(cluster, update["incident_id"], f"resolved {cluster} {update['incident_id']} {update['proof']}")
        case "quiet":  # nothing new for a while, and no proof of an end
            end(cluster, update["incident_id"], f"quiet {cluster} {update['incident_id']}")
        case "storm":
            print(f"storm {cluster} {update['reports']} reports")
        case "open":
            compare_with_open(update, cluster)


def end(cluster: str, incident: str, line: str) -> None:
    clusters.setdefault(cluster, Cluster()).open.pop(incident, None)
    print(line)


def compare_with_open(update: dict[str, Any], cluster: str) -> None:
    """What is missing in every part of the list of open incidents has ended, and its end was missed."""
    known = clusters.setdefault(cluster, Cluster())
    if known.list_at != update["timestamp"]:
        known.list_at, known.list_parts, known.list_ids = update["timestamp"], set(), set()
    known.list_parts.add(update["part"])
    known.list_ids |= {incident["incident_id"] for incident in update["incidents"]}
    if len(known.list_parts) < update["parts"]:
        return
    for incident, opened_at in list(known.open.items()):
        if incident not in known.list_ids and time_of(opened_at) <= time_of(known.list_at):
            end(cluster, incident, f"ended {cluster} {incident}")


def time_of(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def read_metrics(message: Msg, cluster: str) -> None:
    known = clusters.setdefault(cluster, Cluster())
    part, count = map(int, (message.headers or {}).get("Agent-Part", "1/1").split("/"))
    (report,) = decode(message, cluster)
    at = report["timestamp"]
    if f"{cluster} {at}" in seen:
        return await message.ack()
    if known.report_at != at:
        if known.report_parts:
            print(f"incomplete {cluster} metrics")
        await acknowledge_parts(known)
        known.report_at = at
    known.report_parts[part] = (report["data"], message)
    if len(known.report_parts) < count:
        return
    whole: dict[str, Any] = {}
    for data, _ in known.report_parts.values():
        merge(whole, data)
    nodes, pods, namespaces = whole.get("nodes", {}), whole.get("pods", {}), whole.get("namespaces", {})
    print(f"metrics {cluster} {nodes.get('total')} nodes, {pods.get('total')} pods, {len(namespaces)} namespaces")
    is_new(f"{cluster} {at}")
    await acknowledge_parts(known)


async def acknowledge_parts(known: Cluster) -> None:
    for _, message in known.report_parts.values():
        await message.ack()
    known.report_parts.clear()


def merge(into: dict[str, Any], more: dict[str, Any]) -> None:
    """Parts have different keys of the same objects."""
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            merge(into[key], value)
        else:
            into[key] = value


async def read(js: nats.js.JetStreamContext, stream: str, handle: Callable[[Msg, str], Any]) -> None:
    """Hands over the messages of a stream, one after the other. The handler acknowledges; what it doesn't comes again."""
    subscription = await js.pull_subscribe(">", DURABLE, stream=stream)
    while True:
        try:
            messages = await subscription.fetch(100, timeout=5)
        except NothingCame:
            continue
        for message in messages:
            try:
                await handle(message, message.subject.split(".")[-1])
            except (ValueError, KeyError, TypeError, zlib.error) as error:
                print(f"{message.subject}: {error!r}", file=sys.stderr)
                await message.term()  # it will be no better the next time


async def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)
    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), name=DURABLE)
    js = connection.jetstream()
    reading = asyncio.gather(read(js, "AGENT_EVENTS", read_report), read(js, "AGENT_METRICS", read_metrics))
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, reading.cancel)
    try:
        await reading
    except asyncio.CancelledError:
        await connection.close()


asyncio.run(main())
