/* The pill: can the office be reached? */
const pill = document.querySelector('.bar [data-link]');
const EVERY = 30000;
let timer = 0;

function say(linked) {
  pill.hidden = false;
  pill.classList.toggle('off', !linked);
  const words = pill.querySelector('span');
  const text = linked ? 'Terhubung' : 'Tidak ada sinyal';
  if (words.textContent !== text) words.textContent = text;
  pill.querySelector('path').setAttribute('d', linked ? pill.dataset.link : pill.dataset.cut);
}

async function ask() {
  clearTimeout(timer);
  if (!document.hidden) {
    try {
      const late = new Promise((_, no) => setTimeout(no, 10000));
      say((await Promise.race([late, fetch('/petugas/hidup', { cache: 'no-store' })])).ok);
    } catch (e) {
      say(false);
    }
  }
  timer = setTimeout(ask, EVERY);
}

if (pill) {
  addEventListener('online', ask);
  addEventListener('offline', () => say(false));
  document.addEventListener('visibilitychange', ask);
  timer = setTimeout(ask, 1000);
}

/* Live parts, until nobody touches the page: a tablet left lying is signed out. */
const live = document.querySelector('[data-live]');
const AGAIN = 10000;
let touched = Date.now();

async function renew() {
  if (!document.hidden && Date.now() - touched < 600000) {
    try {
      const answer = await fetch(live.dataset.live, { cache: 'no-store' });
      if (answer.redirected || answer.status === 404) return;
      const html = answer.ok ? await answer.text() : '';
      const box = document.createElement('div');
      box.innerHTML = html;
      if (html && box.innerHTML !== live.innerHTML) {
        const held = live.contains(document.activeElement) && document.activeElement.getAttribute('href');
        live.innerHTML = html;
        const again = held && live.querySelector('a[href="' + held + '"]');
        if (again) again.focus();
        const first = live.querySelector('.head .muted');
        document.querySelector('[data-said]').textContent = first ? first.textContent : '';
      }
    } catch (e) { /* the pill says so */ }
  }
  setTimeout(renew, AGAIN);
}

if (live) {
  for (const what of ['pointerdown', 'keydown', 'scroll']) addEventListener(what, () => { touched = Date.now(); }, { passive: true });
  setTimeout(renew, AGAIN);
}
