// Every name of the interface is there: a page that misses one breaks far away from it.

import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as sdk from '../src/index.ts'
import plugin from '../src/plugin.ts'

const page = readFileSync(new URL('../../../docs/spec/50-web-sdk.md', import.meta.url), 'utf8')

/** section is one part of the page, from its heading to the next of its kind. */
function section(heading: string): string {
  const from = page.indexOf(heading)
  expect(from).toBeGreaterThan(0)
  const level = heading.split(' ')[0]!
  const to = page.indexOf(`\n${level} `, from + heading.length)
  return page.slice(from, to < 0 ? undefined : to)
}

const chat = sdk.create({ SDKAppID: 1 }) as unknown as Record<string, unknown>

describe('methods', () => {
  const tables = section('## 8. Methods').split('\n').filter((line) => line.startsWith('| `')).map((line) => line.split(' | ')[0]!)
  const named = [...tables.join(' ').matchAll(/`(\w+)(?=[(`])/g)].map((m) => m[1]!)
  const leftOut = [...section('## 10. Left out').split('`.').slice(0, 3).join(' ').matchAll(/\b((?:get|set|mark|invite|translate|convert|unfollow|check|create|delete|update|accept|reject|cancel|modify)\w*)\b/g)].map((m) => m[1]!)

  test.each([...new Set(named)].filter((n) => /^[a-z]/.test(n) && !['or', 'and'].includes(n)))('%s', (name) => {
    expect(typeof chat[name]).toBe('function')
  })

  test.each(['followUser', 'unfollowUser', 'getMyFollowersList', 'getMyFollowingList', ...new Set(leftOut)].filter((n) => n in chat))('%s is a function', (name) => {
    expect(typeof chat[name]).toBe('function')
  })

  test.each(['translateText', 'convertVoiceToText', 'unfollowUser', 'checkFollowType', 'getTopicList', 'markGroupMemberList', 'inviteInGroup', 'modifyInvitation', 'setAllReceiveMessageOpt'])('%s is not offered', async (name) => {
    await expect((chat[name] as () => Promise<unknown>)()).rejects.toMatchObject({ code: 3120 })
  })

  test.each(['use', 'registerPlugin', 'setLogLevel', 'on', 'off', 'login', 'logout', 'destroy', 'isReady', 'getLoginUser', 'getServerTime', 'request', 'callExperimentalAPI'])('%s', (name) => {
    expect(typeof chat[name]).toBe('function')
  })
})

describe('constants', () => {
  const constants = section('## 6. Constants')
  const [events, rest] = constants.split('`TYPES`:') as [string, string]

  test.each([...events.matchAll(/`([A-Z_]+) (\w+)`/g)].map((m) => [m[1]!, m[2]!]))('EVENT.%s', (name, value) => {
    expect((sdk.EVENT as Record<string, string>)[name]).toBe(value)
  })

  test.each([...rest.split('`TSignaling`:')[0]!.matchAll(/`([A-Z][A-Z0-9_]+) ([^`…]+)`/g)].filter((m) => !m[1]!.startsWith('_')).map((m) => [m[1]!, m[2]!]))('TYPES.%s', (name, value) => {
    expect(String((sdk.TYPES as Record<string, unknown>)[name])).toBe(value)
  })

  test('signals', () => {
    const [first] = rest.split('`TSignaling`:')[1]!.split('\n\n')
    for (const [, name, value] of first!.matchAll(/`([A-Z][A-Z_]+) (\w+)`/g)) expect(String((sdk.TSignaling as Record<string, unknown>)[name!])).toBe(value)
  })
})

test('the default export, and the plugins', () => {
  expect(Object.keys(sdk.default).sort()).toEqual(['EVENT', 'TSignaling', 'TYPES', 'VERSION', 'create'])
  expect(plugin).toBeTypeOf('object')
})

test('experiments', async () => {
  const c = sdk.create({ SDKAppID: 2 })
  expect(c.callExperimentalAPI('canIUseModule', 1)).toBe(true)
  expect(await c.callExperimentalAPI('isCommercialAbilityEnabled', 2 ** 40)).toEqual({ code: 0, data: { enabled: false } })
  expect(await c.callExperimentalAPI('reportTUIFeatureUsage')).toEqual({ code: 0, data: {} })
})
