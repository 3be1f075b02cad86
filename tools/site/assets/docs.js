// The pages at /docs/: menu, theme, copying, search. Nothing is asked from elsewhere.
'use strict'
const up = document.currentScript.dataset.up
const root = document.documentElement
const $ = (what) => document.querySelector(what)

// The menu, on narrow screens.
const menu = $('.menu')
menu.addEventListener('click', () => {
  const open = document.body.classList.toggle('open')
  menu.setAttribute('aria-expanded', String(open))
})

// The theme: what the system says, until somebody chooses.
const dark = () => root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches
const themeButton = $('.theme')
const named = () => { themeButton.textContent = dark() ? 'Light' : 'Dark' }
themeButton.addEventListener('click', () => {
  root.dataset.theme = dark() ? 'light' : 'dark'
  try { localStorage.setItem('teahouse.docs.theme', root.dataset.theme) } catch { /* for this page alone */ }
  named()
})
named()

// A button on each block that copies it.
for (const pre of document.querySelectorAll('pre')) {
  const box = document.createElement('div')
  box.className = 'code'
  pre.replaceWith(box)
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = 'Copy'
  button.addEventListener('click', async () => {
    const done = await copied(pre.textContent)
    button.textContent = done ? 'Copied' : 'Cannot copy'
    setTimeout(() => { button.textContent = 'Copy' }, 1500)
  })
  box.append(pre, button)
}

// copied puts a text on the clipboard; over plain HTTP browsers have only the older way.
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    const area = document.createElement('textarea')
    area.value = text
    document.body.append(area)
    area.select()
    const done = document.execCommand('copy')
    area.remove()
    return done
  }
}

// Search, in an index of all pages that is fetched when it is first wanted.
const query = $('#query')
const found = $('#found')
let index
async function load() {
  index ??= fetch(up + 'search.json').then((answer) => answer.json()).then((x) => {
    x.list = Object.keys(x.words)
    return x
  })
  return index
}

// holding are the sections that have a word, or one that begins with it.
function holding(x, word) {
  const all = new Map()
  for (const known of x.list) {
    if (!known.startsWith(word)) continue
    let at = 0
    for (const step of x.words[known]) {
      at += step
      all.set(at, Math.max(all.get(at) ?? 0, known === word ? 2 : 1))
    }
  }
  return all
}

const most = 40

async function search() {
  const asked = query.value.toLowerCase().match(/[\p{L}\p{N}_]{2,40}/gu) ?? []
  if (asked.length === 0) {
    found.hidden = true
    return
  }
  const x = await load()
  let hits
  for (const word of asked) {
    const these = holding(x, word)
    hits = hits ? new Map([...hits].filter(([at]) => these.has(at)).map(([at, n]) => [at, n + these.get(at)])) : these
  }
  const scored = [...hits].map(([at, n]) => {
    const [page, anchor, heading] = x.sections[at]
    const [to, title] = x.pages[page]
    const said = (heading + ' ' + title).toLowerCase()
    for (const word of asked) if (said.includes(word)) n += heading.toLowerCase() === word ? 8 : 4
    if (to.startsWith('spec/')) n -= 1
    return { n, to: up + to + (anchor ? '#' + anchor : ''), heading: heading || title, title }
  })
  scored.sort((a, b) => b.n - a.n)
  const list = document.createElement('ul')
  for (const hit of scored.slice(0, most)) {
    const item = document.createElement('li')
    const link = document.createElement('a')
    link.href = hit.to
    link.textContent = hit.heading
    const small = document.createElement('small')
    small.textContent = hit.title
    link.append(small)
    item.append(link)
    list.append(item)
  }
  const count = document.createElement('p')
  count.textContent = scored.length === 0 ? 'Nothing was found.' : scored.length > most ? `The first ${most} of ${scored.length}` : `${scored.length} found`
  found.replaceChildren(count, list)
  found.hidden = false
}

query.addEventListener('focus', load)
query.addEventListener('input', search)
query.addEventListener('keydown', (event) => {
  if (event.key === 'ArrowDown') {
    found.querySelector('a')?.focus()
    event.preventDefault()
  }
})
addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    found.hidden = true
    document.body.classList.remove('open')
    menu.setAttribute('aria-expanded', 'false')
  }
  if (event.key === '/' && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    query.focus()
    event.preventDefault()
  }
})
found.addEventListener('click', () => { found.hidden = true })
document.addEventListener('click', (event) => { if (!event.target.closest('.search')) found.hidden = true })

// The navigation shows where one is.
$('nav [aria-current]')?.scrollIntoView({ block: 'nearest' })
