// A picture of a user or a group; the first letters on a calm colour where there is none.

import { useState } from 'preact/hooks'

/** hue is the same for the same id, on every page. */
function hue(id: string): number {
  let h = 2166136261
  for (const c of id) h = Math.imul(h ^ c.codePointAt(0)!, 16777619) >>> 0
  return ((h ^ (h >>> 13)) >>> 0) % 12
}

function letters(name: string): string {
  const words = name.trim().split(/\s+/)
  const first = [...(words[0] ?? '')]
  if (/[\u2e80-\uffef]/.test(name)) return first.slice(-2).join('')
  return ((first[0] ?? '?') + (words.length > 1 ? [...words[words.length - 1]!][0] : '')).toUpperCase()
}

export interface AvatarProps {
  id: string
  name: string
  url?: string
  size?: number
  /** Groups are rounded squares. */
  square?: boolean
  online?: boolean
}

export function Avatar({ id, name, url, size = 44, square, online }: AvatarProps) {
  const [broken, setBroken] = useState('')
  const shown = url && /^(https?|blob):/.test(url) && url !== broken
  return (
    <span class={`avatar hue-${hue(id)}${square ? ' square' : ''}`} style={{ width: size, height: size, fontSize: size * 0.38 }} aria-hidden="true">
      {shown ? <img src={url} alt="" loading="lazy" decoding="async" referrerpolicy="no-referrer" onError={() => setBroken(url)} /> : letters(name || id)}
      {online && <i class="presence" />}
    </span>
  )
}
