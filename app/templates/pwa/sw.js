{# Gelombang's service worker. It keeps a fixed list of files and nothing else: no page about a person is ever stored.
   Without signal a page that could not be loaded becomes the page "Tidak ada sinyal". The list is in app/views/pwa.py. #}
const NAME = 'gelombang-{{ version }}';
const KEEP = {{ files|tojson }};
const OFFLINE = {{ offline|tojson }};
const INBOX = '/saya/kabar';

{# One file that cannot be had spoils only itself, except the page for no signal: without it this worker is no use. #}
async function fill() {
  const cache = await caches.open(NAME);
  await Promise.all(KEEP.map(async (path) => {
    try {
      {# a name with a hash means the same bytes for ever: what the phone has is not fetched again #}
      const named = path.startsWith('/static/');
      const old = named && await caches.match(path);
      const answer = old || await fetch(new Request(path, { cache: named ? 'default' : 'reload', credentials: 'omit' }));
      {# a redirect here would be a sign-in page in disguise #}
      if (!answer.ok || answer.redirected) throw new Error(path);
      await cache.put(path, answer);
    } catch (e) {
      if (path === OFFLINE) throw e;
    }
  }));
}

self.addEventListener('install', (e) => {
  {# pages of the old version go on working with this worker: they ask the network for what is not kept #}
  e.waitUntil(fill().then(() => self.skipWaiting()));
});

self.addEventListener('activate', (e) => {
  e.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith('gelombang-') && name !== NAME) await caches.delete(name);
    }
    if (self.registration.navigationPreload) await self.registration.navigationPreload.enable();
    await self.clients.claim();
  })());
});

async function page(e, path) {
  try {
    {# Firefox gives an error answer here instead of failing; taking it would never show the offline page #}
    const early = await e.preloadResponse;
    if (early && early.type !== 'error') return early;
    return await fetch(e.request);
  } catch (err) {
    const cache = await caches.open(NAME);
    return (await cache.match(path)) || (await cache.match(OFFLINE)) || Response.error();
  }
}

async function file(e, path) {
  const cache = await caches.open(NAME);
  return (await cache.match(path)) || fetch(e.request);
}

self.addEventListener('fetch', (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== 'GET' || url.origin !== location.origin) return;
  {# every navigation must take its preloaded answer, or the browser asks twice #}
  if (e.request.mode === 'navigate') e.respondWith(page(e, url.pathname));
  else if (!url.search && url.pathname.startsWith('/static/') && KEEP.includes(url.pathname)) e.respondWith(file(e, url.pathname));
});

{# Receipts: which of our messages stood on this screen, and which was tapped. The token from the encrypted message is
   the proof, so no cookie goes along. What comes together leaves together; what fails waits for the next one, or is
   lost with this worker: then the office believes a little less than is true. #}
const toTell = { shown: [], opened: [] };
let leaving = null;

function tell(what, token) {
  if (typeof token !== 'string' || !token) return null;
  toTell[what].push(token);
  if (!leaving) {
    leaving = new Promise((done) => setTimeout(done, 400)).then(leave).catch(() => {});
  }
  return leaving;
}

async function leave() {
  leaving = null;
  const now = { shown: toTell.shown.splice(0, 50), opened: toTell.opened.splice(0, 50) };
  try {
    const answer = await fetch({{ receipts|tojson }}, {
      method: 'POST', credentials: 'omit', keepalive: true, referrerPolicy: 'no-referrer',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(now),
    });
    if (answer.status >= 500) throw new Error(answer.status);
  } catch (err) {
    for (const what of ['shown', 'opened']) toTell[what] = now[what].concat(toTell[what]).slice(0, 50);
  }
}

{# Declarative Web Push JSON: {"web_push": 8030, "notification": {title, body, navigate, tag}}.
   Something is always shown, also when it cannot be read: browsers take the permission away from silent pushes. #}
self.addEventListener('push', (e) => {
  let note = {};
  try {
    note = e.data.json().notification || {};
  } catch (err) {
    note = {};
  }
  const token = note.data && note.data.token;
  e.waitUntil(self.registration.showNotification(String(note.title || 'Ada kabar dari Gelombang'), {
    body: String(note.body || 'Ketuk untuk melihat.'),
    tag: String(note.tag || 'kabar'),
    lang: 'id',
    icon: {{ icon|tojson }},
    badge: {{ badge|tojson }},
    data: { to: String(note.navigate || INBOX), token },
  }).then(() => tell('shown', token)));
});

async function show(to) {
  let url = new URL(INBOX, location.origin);
  try {
    const wanted = new URL(to, location.origin);
    if (wanted.origin === location.origin) url = wanted;
  } catch (err) { {# a strange address opens the inbox #} }
  {# another page may hold half-typed answers: never navigate it away #}
  for (const client of await self.clients.matchAll({ type: 'window', includeUncontrolled: true })) {
    if (client.url === url.href) return client.focus();
  }
  return self.clients.openWindow(url.href);
}

function tapped(notification) {
  const data = notification.data || {};
  notification.close();
  {# the page first: browsers let a worker open one only right after the tap #}
  return Promise.all([show(data.to), tell('opened', data.token)]);
}

self.addEventListener('notificationclick', (e) => {
  e.waitUntil(tapped(e.notification));
});

{# Best effort only: browsers seldom send this. Pages check the subscription on every visit. "lagi": the office takes it
   only where push is still wanted on this phone. #}
self.addEventListener('pushsubscriptionchange', (e) => {
  e.waitUntil((async () => {
    const old = e.oldSubscription;
    const sub = e.newSubscription || (old && await self.registration.pushManager.subscribe(old.options));
    if (!sub) return;
    const csrf = await (await fetch('/csrf', { cache: 'no-store' })).json();
    await fetch({{ push|tojson }} + '?lagi', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-CSRFToken': csrf.token },
      body: JSON.stringify(sub),
    });
  })());
});
