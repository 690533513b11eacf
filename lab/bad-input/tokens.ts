import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Scope, Token } from '../simulators/cloudflare/state.ts'
import type { World } from '../world/world.ts'
import type { BadInput } from './bad-input.ts'

/** The token in both files: what stays, and what changes rules. */
async function useToken({ folder }: World, value: string): Promise<() => Promise<void>> {
  const files = ['cloudflare.token', 'setup.token'].map((name) => join(folder, name))
  const before = await Promise.all(files.map((file) => readFile(file)))
  await Promise.all(files.map((file) => writeFile(file, value)))
  return async () => {
    await Promise.all(files.map((file, i) => writeFile(file, before[i] ?? '')))
  }
}

function useNewToken(
  world: World,
  scopes: readonly Scope[],
  more: Partial<Pick<Token, 'kind' | 'zones' | 'status'>> = {},
): Promise<() => Promise<void>> {
  const { value } = world.cloudflare.token(world.account, scopes, {
    zones: [world.zone.id],
    ...more,
  })
  return useToken(world, value)
}

const check = ['token', 'check']

export const tokens: readonly BadInput[] = [
  {
    name: 'a token that Cloudflare never gave out',
    plant: (world) => useToken(world, 'cfut_0000000000000000000000000000000000000000canary'),
    exit: 1,
    code: 'token/refused',
    says: /Cloudflare refuses the token/,
    hint: /make a new one with `gatehouse token url`/,
  },
  {
    name: 'half of a token',
    plant: (world) => useToken(world, 'cfut_canary'),
    exit: 1,
    code: 'token/refused',
    says: /cannot read the token/,
    hint: /paste the token again, whole/,
  },
  {
    name: 'a token that has ended',
    plant: (world) => useNewToken(world, ['zone:read', 'dns:edit'], { status: 'expired' }),
    exit: 1,
    code: 'token/refused',
    says: /Cloudflare refuses the token/,
    hint: /rolled, deleted or has ended.*gatehouse token url/,
  },
  {
    name: 'a token of the account that was switched off',
    plant: (world) =>
      useNewToken(world, ['zone:read', 'dns:edit'], { kind: 'account', status: 'disabled' }),
    exit: 1,
    code: 'token/refused',
    says: /Cloudflare refuses the token/,
    hint: /gatehouse token url/,
  },
  {
    name: 'a token that may see the zone and nothing in it',
    plant: (world) => useNewToken(world, ['zone:read']),
    exit: 1,
    code: 'token/missing-permission',
    says: /the token may not do GET .*dns_records/,
    hint: /gatehouse token check.*developers\.cloudflare\.com/,
  },
  {
    name: 'a token that may only look, asked what it may do',
    plant: (world) => useNewToken(world, ['zone:read', 'dns:read', 'ssl_and_certificates:read']),
    argv: check,
    exit: 2,
    code: undefined,
    says: /✗ dns +cannot, and needs to/,
    hint: /the record of the home/,
  },
  {
    name: 'a token of the account that can do too much, asked what it may do',
    plant: (world) =>
      useNewToken(world, ['zone:read', 'dns:edit', 'account_settings:read', 'api_tokens:edit'], {
        kind: 'account',
      }),
    argv: check,
    exit: 2,
    code: undefined,
    says: /account token is active[^]*✗ api_tokens +can, and should not/,
    hint: /reads your tokens/,
  },
  {
    name: 'a token that reaches every zone of the account, asked what it may do',
    async plant(world) {
      const { cloudflare, account } = world
      const other = cloudflare.zone('example.net', account)
      const heal = await useNewToken(world, ['zone:read', 'dns:edit'], { zones: 'all' })
      return async () => {
        cloudflare.state.zones.splice(cloudflare.state.zones.indexOf(other), 1)
        await heal()
      }
    },
    argv: check,
    exit: 2,
    code: undefined,
    says: /also reaches example\.net/,
    hint: /narrow it to "Specific zone" example\.com/,
  },
  {
    name: 'the Global API Key',
    plant: (world) => useToken(world, 'cfk_canary00000000000000000000000000000000000000'),
    exit: 64,
    code: 'token/global-key',
    says: /Global API Key/,
    hint: /gatehouse token url/,
  },
]
