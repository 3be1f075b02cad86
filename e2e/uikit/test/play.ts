// All stories with one kit, one server and one browser.

import { afterAll, beforeAll, expect, test } from 'vitest'
import { House, type Kit } from './house.ts'
import { calls } from './calls.ts'
import { cuts } from './cuts.ts'
import { groups } from './groups.ts'
import { lines } from './lines.ts'
import { people } from './people.ts'
import { talk } from './talk.ts'

export function play(kit: Kit): void {
  let house: House
  beforeAll(async () => {
    house = await House.open(kit, 9)
  })
  afterAll(() => house?.close())

  talk(() => house)
  groups(() => house)
  people(() => house)
  calls(() => house)
  lines(() => house)
  cuts(() => house)

  test('nobody was asked outside, and no page reports an error', () => {
    expect(house.outside).toEqual([])
    expect(house.troubles).toEqual([])
  })
}
