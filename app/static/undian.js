/* The draw computed again on this phone, from the public files alone. Without it the server does the same.
   Plain enough for Chrome 61. Says nothing that it has not computed; whatever goes wrong, the form is sent as usual. */
const form = document.querySelector('[data-undian]');
const box = document.getElementById('hasil');
const { subtle } = crypto;
const MOST = 20000;
const text = new TextEncoder();
const hex = (bytes) => Array.from(new Uint8Array(bytes), (b) => b.toString(16).padStart(2, '0')).join('');
const raw = (digits) => Uint8Array.from(digits.match(/../g), (pair) => parseInt(pair, 16));
const sha = async (bytes) => hex(await subtle.digest('SHA-256', bytes));
const get = async (name) => {
  const answer = await fetch(location.pathname.replace(/\/?$/, '/') + name);
  if (!answer.ok) throw new Error(name);
  return answer.arrayBuffer();
};
const hmacKey = (bytes) => subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

const seats = (ranked, rules) => {
  const via = {};
  const home = {};
  const limit = rules.max_per_household;
  const give = (name, left, fits) => {
    for (const [entry, groups, house] of ranked) {
      if (!left) break;
      if (via[entry] || !fits(groups.split(' '))) continue;
      if (house && limit !== null) {
        if ((home[house] || 0) >= limit) continue;
        home[house] = (home[house] || 0) + 1;
      }
      via[entry] = name;
      left -= 1;
    }
    return left;
  };
  const anybody = () => true;
  let open = rules.quota - rules.reserves.reduce((sum, one) => sum + one.seats, 0);
  if (rules.reserve_order === 'last') { give('open', open, anybody); open = 0; }
  for (const one of rules.reserves) open += give(one.group, one.seats, (groups) => groups.includes(one.group));
  give('open', open, anybody);
  return via;
};

const compute = async () => {
  const files = ['janji.json', 'peserta.csv', 'undian.json', 'perubahan.csv'];
  const [janji, peserta, undian, perubahan] = await Promise.all(files.map(get));
  const read = (bytes) => new TextDecoder().decode(bytes);
  const rows = read(peserta).split('\n').slice(1, -1).map((line) => line.split(','));
  const said = JSON.parse(read(undian));
  if (rows.length > MOST) throw new Error('many');
  const [promise, list, randomness] = await Promise.all([sha(janji), sha(peserta), sha(raw(said.beacon.signature))]);
  const key = await hmacKey(raw(randomness));
  const label = text.encode('gelombang/undian/2\0');
  const data = new Uint8Array(label.length + 64);
  data.set(label); data.set(raw(promise), label.length); data.set(raw(list), label.length + 32);
  const score = await hmacKey(await subtle.sign('HMAC', key, data));
  const scores = await Promise.all(rows.map(async (row) => hex(await subtle.sign('HMAC', score, text.encode(row[0])))));
  const order = rows.map((row, i) => [scores[i], row]).sort((a, b) => (a[0] + a[1][0] < b[0] + b[1][0] ? -1 : 1));
  const ranked = order.map((pair) => pair[1]);
  const via = seats(ranked, JSON.parse(read(janji)).rules);
  const lines = ranked.map(([entry], i) => `${i + 1},${entry},${via[entry] ? 'selected' : 'reserve'},${via[entry] || ''}\n`);
  const result = await sha(text.encode('rank,entry,outcome,via\n' + lines.join('')));
  const same = result === said.results_sha256 && promise === said.janji_sha256 && list === said.tickets_sha256
    && randomness === said.beacon.randomness;
  const changes = read(perubahan).split('\n').slice(1, -1).map((line) => line.split(','));
  return { rows, ranked, via, same, changes };
};

const add = (parent, tag, words, kind) => {
  const made = document.createElement(tag);
  made.textContent = words;
  if (kind) made.className = kind;
  parent.append(made);
  return made;
};
const day = (at) => new Date(at).toLocaleDateString('id', { day: 'numeric', month: 'long', year: 'numeric', timeZone: form.dataset.zona });
const show = (entry, { rows, ranked, via, same, changes }) => {
  const of = (n) => `${n.toLocaleString('id')} dari ${rows.length.toLocaleString('id')}`;
  const groups = JSON.parse(form.dataset.grup);
  const own = via[entry];
  const facts = [['Urutan undian', of(ranked.findIndex((row) => row[0] === entry) + 1)]];
  if (own) facts.push(['Dapat tempat lewat', own === 'open' ? 'Tempat umum' : `Tempat untuk ${groups[own] || own}`]);
  const words = JSON.parse(form.dataset.kata);
  const since = changes.filter((one) => one[2] === entry).map((one) => `${day(one[1])}: ${words[one[4]] || one[4]}`);
  if (since.length) facts.push(['Sesudah undian', since.join('. ')]);
  facts.push(['Baris di daftar peserta', of(rows.findIndex((row) => row[0] === entry) + 1)]);
  box.textContent = '';
  add(box, 'p', `Hasil undian nomor ${entry}`, 'muted');
  add(add(box, 'h2', ''), 'span', own ? 'Terpilih' : 'Cadangan', 'big');
  const list = add(box, 'dl', '', 'sum');
  for (const [what, value] of facts) {
    const row = add(list, 'div', '');
    add(row, 'dt', what);
    add(row, 'dd', value);
  }
  add(box, 'p', same ? 'Dihitung ulang di HP ini. Semua urutan sama dengan hasil.csv.'
    : 'Dihitung ulang di HP ini, dan TIDAK SAMA dengan hasil yang diumumkan. Laporkan ke posko.', same ? 'muted' : '');
  box.hidden = false;
  box.scrollIntoView({ block: 'nearest' });
};

let computed = null;
if (form && subtle) {
  form.addEventListener('submit', async (event) => {
    const typed = form.elements.nomor.value.toUpperCase().replace(/[^0-9A-Z]/g, '');
    const entry = `${typed.slice(0, 4)}-${typed.slice(4, 8)}-${typed.slice(8)}`;
    event.preventDefault();
    try {
      computed = computed || compute();
      const found = await computed;
      if (!found.ranked.some((row) => row[0] === entry)) throw new Error('not there');
      show(entry, found);
    } catch (e) {
      HTMLFormElement.prototype.submit.call(form);
    }
  });
}
