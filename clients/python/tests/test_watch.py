"""The watch against a gateway of the test's own that breaks, falls silent and loses things on demand."""

import threading
import unittest
from concurrent import futures

import grpc

from tocsin import Ended, Superseded, Watch
from tocsin.picture import Picture
from tocsin.v1 import action_pb2 as action
from tocsin.v1 import centre_pb2 as centre
from tocsin.v1 import gateway_service_pb2 as gateway
from tocsin.v1 import gateway_service_pb2_grpc as gateway_grpc
from tocsin.v1 import warning_pb2 as warnings


def cursor(offset):
    return gateway.Cursor(epoch="e", offsets=[offset], actions_epoch="a", actions_offset=offset)


def delivery(name, revision=1, *, kind=warnings.MESSAGE_TYPE_ALERT, actions=0, snapshot=False, offset=0):
    one = gateway.Delivery(snapshot=snapshot, cursor=cursor(offset))
    one.view.warning.id, one.view.warning.revision, one.view.warning.message_type = name, revision, kind
    one.view.lifecycle.actions = actions
    return one


def beat(number, digest=None, waiting=0, offset=0):
    one = gateway.Heartbeat(number=number, period_s=1, waiting=waiting, cursor=cursor(offset))
    if digest is not None:
        one.open_digest = digest
    return one


class Gateway(gateway_grpc.GatewayServiceServicer):
    """Plays a script for each stream: messages, an error to end with, or None to say nothing more."""

    def __init__(self):
        self.scripts, self.subscribed, self.acknowledged = [], [], []
        self.over = threading.Event()

    def Watch(self, requests, context):
        self.subscribed.append(next(requests).subscribe)
        threading.Thread(target=self._listen, args=(requests,), daemon=True).start()
        for step in self.scripts.pop(0):
            if isinstance(step, grpc.StatusCode):
                context.abort(step, "on demand")
            elif step is None:
                self.over.wait(30)
            else:
                name = {gateway.Delivery: "delivery", gateway.Heartbeat: "heartbeat", gateway.Cursor: "snapshot_end",
                        gateway.LifecycleChange: "change", centre.Centre: "centre"}[type(step)]
                yield gateway.WatchResponse(**{name: step})

    def _listen(self, requests):
        try:
            for request in requests:
                if request.HasField("acknowledged"):
                    self.acknowledged.append(request.acknowledged.offsets[0])
        except grpc.RpcError:
            pass


class WatchTest(unittest.TestCase):
    def setUp(self):
        self.gateway = Gateway()
        self.server = grpc.server(futures.ThreadPoolExecutor(8))
        gateway_grpc.add_GatewayServiceServicer_to_server(self.gateway, self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.links = []

    def tearDown(self):
        self.gateway.over.set()
        self.channel.close()
        self.server.stop(0)

    def watch(self, start=None, retry=20.0):
        return Watch(gateway_grpc.GatewayServiceStub(self.channel), gateway.WarningFilter(), start, 8, retry,
                     lambda up, reason: self.links.append(reason or "up"))

    def said(self, *scripts, start=None, until=1):
        """What comes until so many heartbeats."""
        self.gateway.scripts = [list(script) for script in scripts]
        words, beats = [], 0
        with self.watch(start) as watch:
            for event in watch:
                if isinstance(event, gateway.Heartbeat):
                    beats += 1
                    if beats == until:
                        break
                elif isinstance(event, gateway.Delivery):
                    words.append(f"{event.view.warning.id}.{event.view.warning.revision}")
                elif isinstance(event, gateway.LifecycleChange):
                    words.append(f"~{event.warning_id}.{event.lifecycle.actions}")
                elif isinstance(event, centre.Centre):
                    words.append(f"on watch: {', '.join(at.person for at in event.on_watch)}")
                elif isinstance(event, Ended):
                    words.append(f"-{event.warning_id}")
            self.cursor = watch.cursor
        return words

    def test_what_holds_for_the_centre_is_told_as_it_comes(self):
        words = self.said([centre.Centre(on_watch=[centre.OnWatch(person="officer-1")]), delivery("a", snapshot=True),
                           cursor(1), beat(1), None])
        self.assertEqual(words, ["on watch: officer-1", "a.1"])

    def test_a_broken_link_resumes_where_it_was(self):
        words = self.said(
            [delivery("a", snapshot=True), cursor(1), delivery("b", offset=2), grpc.StatusCode.UNAVAILABLE],
            [delivery("c", offset=3), beat(1, offset=9), None])
        self.assertEqual(words, ["a.1", "b.1", "c.1"])
        self.assertFalse(self.gateway.subscribed[0].HasField("cursor"))
        self.assertEqual(self.gateway.subscribed[1].cursor.offsets, [2])
        self.assertEqual(self.links, ["up", "on demand", "up"])

    def test_within_a_snapshot_nothing_is_adopted_and_what_was_said_is_not_said_again(self):
        words = self.said(
            [delivery("a", snapshot=True), grpc.StatusCode.UNAVAILABLE],
            [delivery("a", snapshot=True, actions=2), delivery("b", snapshot=True), cursor(5), beat(1), None])
        self.assertEqual(words, ["a.1", "~a.2", "b.1"])
        self.assertFalse(self.gateway.subscribed[1].HasField("cursor"))

    def test_a_snapshot_that_broke_goes_on_where_it_was(self):
        place = cursor(0)
        place.ClearField("offsets")
        place.snapshot.offsets.append(3)
        first = delivery("a", snapshot=True)
        first.cursor.CopyFrom(place)
        words = self.said([first, grpc.StatusCode.UNAVAILABLE], [delivery("b", snapshot=True), cursor(5), beat(1), None])
        self.assertEqual(words, ["a.1", "b.1"])
        self.assertEqual(self.gateway.subscribed[1].cursor, place)

    def test_an_update_as_what_changed_is_made_whole(self):
        base = delivery("a", snapshot=True)
        for name in ("x", "y"):
            base.view.warning.evidence.add().identity.id = name
        base.view.area.geojson = "{}"
        update = delivery("a", 2)
        update.view.warning.evidence.add().identity.id = "z"
        update.delta.base_revision, update.delta.same_area = 1, True
        update.delta.evidence.extend([2, 0])
        self.gateway.scripts = [[base, cursor(1), update, None]]
        with self.watch() as watch:
            whole = [e for _, e in zip(range(2), (e for e in watch if isinstance(e, gateway.Delivery)))][1]
        self.assertEqual([item.identity.id for item in whole.view.warning.evidence], ["y", "z"])
        self.assertEqual(whole.view.area.geojson, "{}")
        self.assertTrue(self.gateway.subscribed[0].deltas)

    def test_an_update_of_what_did_not_come_asks_for_everything(self):
        update = delivery("a", 3)
        update.delta.base_revision = 2
        words = self.said([cursor(1), update, None], [delivery("a", 3, snapshot=True), cursor(2), beat(1), None])
        self.assertEqual(words, ["a.3"])
        self.assertFalse(self.gateway.subscribed[1].HasField("cursor"))

    def test_a_cursor_that_is_too_old_asks_for_a_snapshot_and_tells_what_ended(self):
        words = self.said(
            [delivery("a", snapshot=True), delivery("b", snapshot=True), cursor(2), grpc.StatusCode.UNAVAILABLE],
            [grpc.StatusCode.OUT_OF_RANGE],
            [delivery("b", 2, snapshot=True), cursor(7), beat(1, offset=7), None])
        self.assertEqual(words, ["a.1", "b.1", "b.2", "-a"])
        self.assertFalse(self.gateway.subscribed[2].HasField("cursor"))
        self.assertEqual(self.cursor.offsets, [7])

    def test_a_picture_that_is_not_whole_is_asked_for_anew(self):
        whole = Picture()
        whole.deliver(delivery("a", actions=1))
        whole.deliver(delivery("b"))
        words = self.said(
            [delivery("a", actions=1, snapshot=True), cursor(2), beat(1, digest=whole.digest()), None],
            [delivery("a", actions=1, snapshot=True), delivery("b", snapshot=True), cursor(2),
             beat(1, digest=whole.digest()), None])
        self.assertEqual(words, ["a.1", "~a.1", "b.1"])

    def test_a_silent_gateway_is_given_up(self):
        words = self.said([cursor(2), beat(1, waiting=1), None], [delivery("a", offset=3), beat(1), None], until=2)
        self.assertEqual(words, ["a.1"])
        self.assertIn("nothing was heard from the gateway", self.links)

    def test_what_cannot_pass_is_raised(self):
        self.gateway.scripts = [[grpc.StatusCode.PERMISSION_DENIED]]
        with self.assertRaises(grpc.RpcError) as refused:
            next(iter(self.watch()))
        self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

    def test_who_is_superseded_does_not_come_back(self):
        self.gateway.scripts = [[cursor(1), beat(1), grpc.StatusCode.ABORTED]]
        with self.assertRaises(Superseded):
            for _ in self.watch():
                pass
        self.assertEqual(len(self.gateway.subscribed), 1)

    def test_a_gateway_that_stays_away_raises(self):
        self.server.stop(0).wait()
        with self.assertRaises(ConnectionError):
            next(iter(self.watch(retry=0.3)))


class PictureTest(unittest.TestCase):
    def test_as_the_contract_says(self):
        picture = Picture()
        self.assertEqual(picture.digest(), 0)
        picture.deliver(delivery("a", 2, kind=warnings.MESSAGE_TYPE_UPDATE))
        # printf 'a/2/0' | sha256sum | cut -c 1-16
        self.assertEqual(f"{picture.digest():016x}", "6bda81a040cf5a99")
        picture.change(gateway.LifecycleChange(warning_id="other"))
        # What the centre is done with is no part of it, and comes back with the next action.
        change = gateway.LifecycleChange(warning_id="a", lifecycle=action.Lifecycle(actions=1))
        change.lifecycle.state = action.LIFECYCLE_STATE_RESOLVED
        picture.change(change)
        self.assertEqual(picture.digest(), 0)
        picture.change(gateway.LifecycleChange(warning_id="a", lifecycle=action.Lifecycle(actions=2)))
        self.assertNotEqual(picture.digest(), 0)
        picture.deliver(delivery("a", 3, kind=warnings.MESSAGE_TYPE_EXPIRE))
        self.assertEqual(picture.digest(), 0)


if __name__ == "__main__":
    unittest.main()
