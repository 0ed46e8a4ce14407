/* Gelombang in the browser: nothing here is needed, everything works without it.
   Plain enough for Chrome 61 (no optional chaining, no ??). Nothing typed is ever stored: it lives in the page alone. */
const d = document;
const all = (selector) => Array.from(d.querySelectorAll(selector));
const on = (target, type, act) => target.addEventListener(type, act);
const nav = navigator;
const hide = (selector, yes) => all(selector).forEach((e) => { e.hidden = yes; });
/* Storage can be switched off: then nothing is remembered. */
const memory = (act) => { try { return act(localStorage); } catch (e) { return null; } };
const quick = (path) => fetch(path, { cache: 'no-store', credentials: 'same-origin' });
const staff = d.body.classList.contains('staff');
/* Where this page is; a question that took the place of another is a page of the history, too. */
let here = location.pathname;
on(window, 'popstate', () => { if (location.pathname !== here) location.reload(); });
const freshToken = async () => (await (await quick(staff ? '/petugas/csrf' : '/csrf')).json()).token;

/* 1 reading and typing ---------------------------------------------------- */
const signal = () => hide('[data-net]', nav.onLine);
on(window, 'online', signal);
on(window, 'offline', signal);

/* once for each page, also for one that takes the place of another */
function enliven() {
  const oops = d.querySelector('.oops');
  if (oops) oops.focus();
  signal();

  /* NIK and KK read back as on the card: 6-6-4 */
  for (const read of all('[data-read]')) {
    const input = d.getElementById(read.dataset.read);
    const out = read.querySelector('.nik');
    on(input, 'input', () => {
      const digits = input.value.replace(/\D/g, '');
      out.textContent = '';
      [digits.slice(0, 6), digits.slice(6, 12), digits.slice(12)].forEach((group, i) => {
        if (!group) return;
        const b = d.createElement('b');
        b.textContent = group;
        if (i === 2 && group.length > 4) b.className = 'odd';
        out.append(b, ' ');
      });
      read.hidden = !digits;
    });
  }

  /* "Lihat PIN": where dots cannot be drawn the digits show anyway and the switch stays away */
  const dots = window.CSS && CSS.supports('-webkit-text-security', 'disc');
  for (const peek of all('[data-peek]')) {
    peek.hidden = !dots;
    on(peek, 'click', () => {
      const shown = !d.getElementById(peek.dataset.peek).classList.toggle('dots');
      peek.setAttribute('aria-pressed', shown);
      peek.querySelector('span').textContent = shown ? 'Sembunyikan' : 'Lihat';
    });
  }

  for (const button of all('[data-print]')) {
    button.hidden = false;
    on(button, 'click', () => print());
  }
  all('form[data-outbox]').forEach(outbox);
}

/* 2 signal ------------------------------------------------------------------ */
/* A step that meets a dead network stays on the screen as typed and sends itself when the signal is back.
   The server answers our header with the next address instead of a redirect, and with the next question at once. That
   and any other answer (a mistake, a new PIN) takes the place of this page, so that Back leads to the question before
   and never to "send the form again?". */
function outbox(form) {
  const main = Array.from(form.querySelectorAll('.acts .btn')).pop();
  if (!main) return;
  const label = main.innerHTML;
  let bar = null, timer = 0, wait = 0, busy = 0, touched = 0, button = null;

  const stay = (e) => { e.preventDefault(); e.returnValue = ''; };
  const body = () => {
    const params = new URLSearchParams(new FormData(form));
    if (button && button.name) params.append(button.name, button.value);
    return params;
  };
  const home = form.action;
  const target = () => (button && button.hasAttribute('formaction') ? button.formAction : home);
  const leave = () => { clearTimeout(timer); removeEventListener('beforeunload', stay); };
  const show = (text, next) => {
    const page = new DOMParser().parseFromString(text, 'text/html');
    leave();
    working(0);
    bar = null;
    d.title = page.title;
    d.body.innerHTML = page.body.innerHTML;
    scrollTo(0, 0);
    if (next) {
      history.pushState(0, '', next);
      here = location.pathname;
      /* as after a page load: who listens hears where we are */
      const title = d.querySelector('h1');
      title.tabIndex = -1;
      title.focus();
    }
    enliven();
  };
  /* a slow send must be seen: the browser's own progress bar is not there */
  const working = (yes) => {
    clearTimeout(busy);
    busy = yes && setTimeout(() => { main.textContent = 'Sedang dikirim'; }, 400);
    if (!yes) main.innerHTML = label;
  };
  const hold = (why) => {
    if (!bar) {
      d.body.insertAdjacentHTML('afterbegin', '<div class="ban warn bar-top" role="status"><div class="wrap row"><p></p><button type="button" class="go">Kirim sekarang</button></div></div>');
      bar = d.body.firstChild;
      on(bar.querySelector('button'), 'click', () => send());
      on(window, 'beforeunload', stay);
      scrollTo(0, 0);
    }
    /* a moment later, so that a screen reader hears it */
    setTimeout(() => {
      bar.querySelector('p').innerHTML = `<span><strong>Belum terkirim.</strong> ${why} Jangan tutup atau muat ulang halaman ini.</span>`;
    }, 50);
    wait = Math.min(wait * 2 || 4000, 60000);
    clearTimeout(timer);
    /* not all phones of a village in the same second */
    timer = setTimeout(again, wait * (0.7 + Math.random() * 0.6));
    working(0);
  };
  /* by itself only when nobody is typing */
  const again = () => {
    if (!bar) return;
    if (Date.now() - touched > 4000) send();
    else { clearTimeout(timer); timer = setTimeout(again, 4000); }
  };
  const send = async (retry) => {
    if (busy) return;
    working(1);
    try {
      /* the page may have waited for hours: its token may be old */
      if (bar || retry) form.elements.csrf_token.value = await freshToken();
      const gaveUp = new Promise((_, no) => setTimeout(no, 25000));
      const answer = await Promise.race([gaveUp, fetch(target(), {
        method: 'POST', body: body(), credentials: 'same-origin', headers: { 'X-Outbox': '1' },
      })]);
      const next = answer.headers.get('X-Outbox-Next');
      const page = await answer.text();
      if (!answer.ok) {
        hold('Kantor kami sedang ramai. 1 halaman menunggu.');
      } else if (next && !page) {
        leave();
        location.assign(next);
      } else if (!retry && answer.headers.get('X-Outbox-Status') === '400') {
        working(0);
        send(1);
      } else {
        show(page, next);
      }
    } catch (e) {
      hold('1 halaman menunggu sinyal di HP ini.');
    }
  };

  on(form, 'input', () => { touched = Date.now(); });
  on(form, 'submit', (e) => {
    e.preventDefault();
    button = e.submitter || (d.activeElement && d.activeElement.form === form && d.activeElement.type === 'submit' ? d.activeElement : null);
    send();
  });
  on(window, 'pageshow', () => working(0));
  on(window, 'online', again);
  on(d, 'visibilitychange', () => { if (!d.hidden) again(); });
}
enliven();

/* 3 the app on the phone ------------------------------------------------- */
const worker = 'serviceWorker' in nav && !staff ? nav.serviceWorker : null;
if (worker) worker.register('/sw.js', { updateViaCache: 'all' }).catch(() => {});

/* The nomor pendaftaran alone (no name, no NIK) can be read without signal, unless the phone is shared. */
const ticket = d.querySelector('[data-ticket]');
if (ticket) memory((m) => { m.nomor = ticket.dataset.ticket; });
const forget = () => memory((m) => { m.clear(); sessionStorage.clear(); });
if (d.querySelector('[data-signed-out]')) forget();
on(d, 'submit', (e) => { if (/\/keluar$/.test(e.target.action)) forget(); });
const place = d.querySelector('[data-nomor]');
const nomor = place && memory((m) => m.nomor);
if (nomor) {
  place.querySelector('.code').textContent = nomor;
  place.hidden = false;
}

/* "Nanti saja" lasts a week. The card of a page where push is switched on and off has no such button. */
const rests = (card) => {
  const later = card.querySelector('[data-later]');
  if (!later) return false;
  const name = later.dataset.later;
  on(later, 'click', () => {
    card.hidden = true;
    memory((m) => { m[name] = Date.now(); });
  });
  return memory((m) => Date.now() - m[name] < 6048e5);
};

const offered = (selector) => all(selector).forEach((card) => { card.hidden = rests(card); });

/* The browser offers to install once, early: keep the offer until somebody wants it. */
let offer = null;
on(window, 'beforeinstallprompt', (e) => {
  e.preventDefault();
  offer = e;
  offered('[data-install]');
});
on(window, 'appinstalled', () => hide('[data-install]', true));
all('[data-install] .btn').forEach((button) => on(button, 'click', () => {
  offer.prompt();
  hide('[data-install]', true);
}));
if (/iPhone|iPad/.test(nav.userAgent) && !nav.standalone) offered('[data-ios]');

/* 4 push: asked only by a tap, shown only where it can work ---------------- */
const keyBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
const same = (buffer, bytes) => !!buffer && String(new Uint8Array(buffer)) === String(bytes);

async function subscribe(card) {
  const key = keyBytes(card.dataset.key);
  const manager = (await worker.ready).pushManager;
  let sub = await manager.getSubscription();
  if (sub && !same(sub.options.applicationServerKey, key)) {
    await sub.unsubscribe();
    sub = null;
  }
  sub = sub || await manager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  const answer = await fetch(card.dataset.url, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-CSRFToken': await freshToken() },
    body: JSON.stringify(sub),
  });
  if (!answer.ok) throw new Error(answer.status);
}

function pushCard(card) {
  const state = Notification.permission;
  if (state === 'denied') return hide('[data-blocked]', false);
  if (state === 'granted' && 'on' in card.dataset) {
    /* subscriptions vanish without a word: tell the office again, once per visit */
    const visit = memory(() => sessionStorage);
    if (visit && !visit.langganan) subscribe(card).then(() => { visit.langganan = 1; }).catch(() => {});
    return;
  }
  card.hidden = rests(card);
  const say = card.querySelector('[role=status]');
  on(card.querySelector('.btn'), 'click', async () => {
    let told = 'no';
    try {
      if (await Notification.requestPermission() === 'granted') {
        told = 'again';
        await subscribe(card);
        told = 'yes';
        hide('[data-push] .acts', true);
      }
    } catch (e) { /* said below */ }
    say.textContent = say.dataset[told];
  });
}
if (worker && 'PushManager' in window && 'Notification' in window) {
  all('[data-push]:not([data-key=""])').forEach(pushCard);
}
