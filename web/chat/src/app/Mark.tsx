// The cup: the sign of this page.

export function Mark({ size = 32 }: { size?: number }) {
  return (
    <svg class="mark" viewBox="0 0 64 64" width={size} height={size} aria-hidden="true">
      <rect width="64" height="64" rx="16" class="mark-ground" />
      <path d="M14 24h30v10a13 13 0 0 1-13 13h-4a13 13 0 0 1-13-13V24z" class="mark-cup" />
      <path d="M44 27h3a6 6 0 0 1 0 12h-4M24 11c-3 3 3 4 0 8M33 11c-3 3 3 4 0 8" class="mark-line" />
    </svg>
  )
}
