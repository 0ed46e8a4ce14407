/* Office pages, after app.js: the pill that says whether the office can be reached. Works without it. */
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

/* The phone may believe in a network that leads nowhere: ask the office itself. */
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
