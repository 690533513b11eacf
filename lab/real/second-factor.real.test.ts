import { test } from 'node:test'

import type { Home } from '../simulators/home-assistant/contract/home.ts'
import { secondFactorContract } from '../simulators/home-assistant/contract/second-factor.ts'
import { run } from '../toolbox/run.ts'
import { installation, type Installation } from './installation.ts'
import { secondFactorStory } from './second-factor.ts'
import { startRealHomeAssistant } from './start.ts'

// Users, second factors and sign-ins of the real Home Assistant: what we rely on, and our own page with it.

for (const name of ['newest', '2026.2'] as const) {
  const found = await installation(name)
  const unable = 'missing' in found ? found.missing : await whyNoAuthenticator(found)
  if ('missing' in found || unable !== undefined)
    test(`the second factor of Home Assistant ${name}`, { skip: unable }, () => undefined)
  else {
    const start = async (options: { onboarded?: boolean }): Promise<Home> => ({
      ...(await startRealHomeAssistant(found, options)),
      breakConfiguration: () => Promise.reject(new Error('not here')),
      writeYaml: () => Promise.reject(new Error('not here')),
    })
    secondFactorContract(`Home Assistant ${found.version}`, name === 'newest', start)
    secondFactorStory(`Home Assistant ${found.version}`, start)
  }
}

/** Home Assistant fetches what its authenticator needs when it is first used; here nothing is fetched while it runs. */
async function whyNoAuthenticator({ enter, python }: Installation): Promise<string | undefined> {
  const needs = 'import pyotp, pyqrcode'
  const there = () => run(enter([python, '-c', needs]))
  if ((await there()).code === 0) return undefined
  const uv = python.replace(/python$/, 'uv')
  const wanted =
    'from homeassistant.auth.mfa_modules.totp import REQUIREMENTS; print(*REQUIREMENTS)'
  const packages = (await run(enter([python, '-c', wanted]))).out.trim().split(/\s+/)
  const index = (
    await run(enter([python.replace(/python$/, 'pip'), 'config', 'get', 'global.index-url']))
  ).out.trim()
  const installed = await run(
    enter([
      'env',
      'UV_LINK_MODE=copy',
      'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
      ...(index === '' ? [] : [`UV_DEFAULT_INDEX=${index}`]),
      uv,
      'pip',
      'install',
      '--python',
      python,
      ...packages,
    ]),
    { seconds: 300 },
  )
  return installed.code === 0 ? undefined : `${packages.join(', ')}: ${installed.text.slice(-300)}`
}
