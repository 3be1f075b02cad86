const paths = {
  overview: 'M3 17V9M8 17V4M13 17v-6M18 17V7',
  apps: 'M3 3h6v6H3zM12 3h6v6h-6zM3 12h6v6H3zM12 12h6v6h-6z',
  app: 'M10.500 2.500 18 6.700v8.100l-7.500 4.200L3 14.800V6.700zM3 6.800l7.500 4.200L18 6.800M10.500 11v8',
  users: 'M10.500 10a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM3.500 18c.5-3.500 3.300-5.500 7-5.500s6.500 2 7 5.500',
  groups: 'M8 9.500a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM2 17c.4-3 2.700-4.800 6-4.800s5.600 1.800 6 4.800M14 4a3 3 0 0 1 0 5.500M16 12.700c1.800.7 2.800 2.200 3 4.300',
  messages: 'M3 4.500h15v10H9.500L5.500 18v-3.500H3zM7 8.500h7M7 11.300h4.500',
  connections: 'M7 3v4M14 3v4M4.500 7h12v3a6 6 0 0 1-12 0zM10.500 16v3',
  webhooks: 'M3 10.500h12M11 6l4.500 4.500L11 15M18.500 4v13',
  push: 'M10.500 3a5 5 0 0 1 5 5c0 4.500 1.500 6 1.500 6H4s1.500-1.500 1.500-6a5 5 0 0 1 5-5zM8.500 17.500h4',
  key: 'M7 14.500a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM11 10.500h7.500M15.500 10.500v3',
  tryout: 'M3 4h15v13H3zM6 8l3 2.500L6 13M11 13.500h4',
  audit: 'M5 3h11v15H5zM8 7h5M8 10.500h5M8 14h3',
  operators: 'M10.500 2.500 17 5v5c0 4-2.600 6.800-6.500 8.500C6.600 16.800 4 14 4 10V5zM7.700 10.300l2 2 3.600-3.800',
  settings: 'M3 6h8M15 6h3M3 15h3M10 15h8M11 4v4M10 13v4M13 6a2 2 0 1 0-4 0 2 2 0 0 0 4 0z',
  menu: 'M3 5.500h15M3 10.500h15M3 15.500h15',
  close: 'M5 5l11 11M16 5 5 16',
  down: 'M5.500 8.500l5 5 5-5',
  right: 'M8 5l5.500 5.500L8 16',
  left: 'M13 5l-5.500 5.500L13 16',
  copy: 'M7 7h10.500v10.500H7zM14 7V3.500H3.500V14H7',
  check: 'M4 11l4.500 4.500L17 6',
  search: 'M9.500 15a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11zM13.500 13.500 18 18',
  leave: 'M12.500 4H4v13h8.500M9 10.500h9M15 7.500l3 3-3 3',
  refresh: 'M17 10.500a6.500 6.500 0 1 1-2-4.700M17.500 2.500V6.500h-4',
  plus: 'M10.500 4v13M4 10.500h13',
  warning: 'M10.500 3 19 17.500H2zM10.500 8.500v4M10.500 14.800v.2',
  info: 'M10.500 18a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15zM10.500 9.500v4.500M10.500 6.800v.2',
  sun: 'M10.500 14a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM10.500 2v2M10.500 17v2M2 10.500h2M17 10.500h2M4.500 4.500 6 6M15 15l1.500 1.500M16.500 4.500 15 6M6 15l-1.500 1.500',
  moon: 'M17.500 12.500A7.500 7.500 0 0 1 8.500 3.500a7.500 7.500 0 1 0 9 9z',
  auto: 'M10.500 18a7.500 7.500 0 1 0 0-15 7.500 7.500 0 0 0 0 15zM10.500 3v15M13 4v13M15.500 5.500v10',
  empty: 'M3 11.500 5.500 4h10l2.500 7.500V17H3zM3 11.500h4.500l1 2.500h4l1-2.500H18',
} as const

export type IconName = keyof typeof paths

/** Icon is one of our small drawings; it says nothing to a screen reader, the words beside it do. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 21 21" aria-hidden="true" focusable="false">
      <path d={paths[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  )
}
