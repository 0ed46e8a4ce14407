"""The smallest site that can receive a push: one page and its service worker, on http://localhost:PORT."""

from __future__ import annotations

from typing import Self

from aiohttp import web

from tests.receivers.background import LoopThread, listen

PAGE = """<!doctype html><html lang="id"><title>Uji</title><h1>Uji</h1><script>
async function subscribe(key) {
  await navigator.serviceWorker.register('/sw.js');
  const worker = await navigator.serviceWorker.ready;
  const bytes = Uint8Array.from(atob(key.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const made = await worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: bytes});
  return made.toJSON();
}
async function unsubscribe() {
  const worker = await navigator.serviceWorker.ready;
  return (await worker.pushManager.getSubscription()).unsubscribe();
}
const told = [];
navigator.serviceWorker.onmessage = event => told.push(event.data);
async function shown(body) {  // all notifications, once the worker has shown one that says this
  const worker = await navigator.serviceWorker.ready;
  for (let turn = 0; turn < 200; turn++) {
    // Chromium's getNotifications() forgets a notification that it finds half shown, so do not ask before.
    const all = told.includes(body) ? await worker.getNotifications() : [];
    if (all.some(n => n.body === body)) {
      return all.map(n => ({title: n.title, body: n.body, tag: n.tag, lang: n.lang, navigate: n.data.navigate}));
    }
    await new Promise(done => setTimeout(done, 50));
  }
  return [];
}
</script></html>"""

WORKER = """
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', event => event.waitUntil(self.clients.claim()));
self.addEventListener('push', event => {
  const n = event.data.json().notification;
  const options = {body: n.body, tag: n.tag, lang: n.lang, data: {navigate: n.navigate}};
  event.waitUntil((async () => {
    await self.registration.showNotification(n.title, options);
    const pages = await self.clients.matchAll({includeUncontrolled: true});
    pages.forEach(page => page.postMessage(n.body));
  })());
});
"""


class Site:
    """A context manager; `url` is the page's address."""

    def __enter__(self) -> Self:
        self._loop = LoopThread().__enter__()
        app = web.Application()
        app.add_routes([web.get("/", _page), web.get("/sw.js", _worker)])
        self._runner, port = self._loop.run(listen(app))
        self.url = f"http://localhost:{port}/"
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.run(self._runner.cleanup())
        self._loop.__exit__()


async def _page(_: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def _worker(_: web.Request) -> web.Response:
    return web.Response(text=WORKER, content_type="text/javascript", headers={"Cache-Control": "no-cache"})
