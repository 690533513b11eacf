import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'

import { lookUpTexts } from '../../../src/adapters/dns/lookup.ts'
import { thumbprint } from './jose.ts'
import { json, Refusal, type Reply } from './reply.ts'
import type { Authorization, State } from './state.ts'

export function showAuthorization(state: State, each: Authorization): Reply {
  return json(bodyOf(state, each))
}

export function deactivate(state: State, each: Authorization): Reply {
  each.status = 'deactivated'
  return showAuthorization(state, each)
}

function bodyOf({ url, now }: State, each: Authorization) {
  const challenges = [
    // A type that clients need not know (draft-ietf-acme-dns-account-label).
    {
      type: 'dns-account-01',
      url: url('challenge', each.id, 'unknown'),
      status: 'pending',
      token: each.token,
    },
    {
      type: 'dns-01',
      url: url('challenge', each.id),
      token: each.token,
      status: each.status === 'deactivated' ? 'invalid' : each.status,
      ...(each.error === undefined ? {} : { error: each.error }),
    },
  ]
  return {
    status: each.status,
    expires: new Date(now().getTime() + 86_400_000).toISOString(),
    identifier: { type: 'dns', value: each.name },
    ...(each.wildcard ? { wildcard: true } : {}),
    challenges,
  }
}

/** The client says that the proof is there. */
export function startValidation(state: State, each: Authorization): Reply {
  const waiting = each.status === 'pending'
  if (waiting) void validate(state, each)
  const challenge = bodyOf(state, each).challenges[1]
  return json({ ...challenge, status: waiting ? 'processing' : each.status }, 200, {
    link: `<${state.url('authz', each.id)}>;rel="up"`,
  })
}

/**
 * Once and for all, as Boulder does it: a look that comes too early fails the authorization. It asks every
 * name server, since a real one looks from several places.
 */
async function validate(state: State, each: Authorization): Promise<void> {
  const { counts, accounts, nameServers, meter } = state
  counts.validations++
  if (state.validationMs > 0) await sleep(state.validationMs)
  const wanted = createHash('sha256')
    .update(`${each.token}.${thumbprint(accounts.get(each.account)?.jwk ?? {})}`)
    .digest('base64url')
  const name = `_acme-challenge.${each.name}`
  const said = await lookUpTexts(
    nameServers,
    { name, recursive: false },
    AbortSignal.timeout(10_000),
  ).catch(() => [])
  const values = said.map((server) => ('values' in server ? server.values : []))
  if (values.length > 0 && values.every((all) => all.includes(wanted))) {
    each.status = 'valid'
    return
  }
  counts.failedValidations++
  meter.spend('failuresPerName', `${each.wildcard ? '*.' : ''}${each.name} of ${each.account}`)
  const other = values.flat().find((value) => value !== wanted)
  each.status = 'invalid'
  each.error = (
    other === undefined
      ? new Refusal(403, 'unauthorized', `no TXT record with the proof at ${name}`)
      : new Refusal(403, 'unauthorized', `incorrect TXT record "${other}" found at ${name}`)
  ).document()
}
