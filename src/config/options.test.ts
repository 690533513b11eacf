import assert from 'node:assert/strict'
import { test } from 'node:test'

import { layOver } from './options.ts'

test('the wishes of the owner stand over what was found; what a form left empty is no wish', () => {
  const found = { data: '/data', gateway: { listen: ['a'], local: ['192.168.1.0/24'] } }
  const wishes = {
    names: ['ha.example.com'],
    gateway: { local: ['10.0.0.0/8'] },
    edge: { countries: [], login_limit: false },
    cloudflare: { token: 'x', setup_token: '' },
    vantage: { url: '', token: null },
    public_port: null,
  }
  assert.deepEqual(layOver(found, wishes), {
    data: '/data',
    names: ['ha.example.com'],
    gateway: { listen: ['a'], local: ['10.0.0.0/8'] },
    edge: { login_limit: false },
    cloudflare: { token: 'x' },
  })
  assert.deepEqual(layOver(found, 'nonsense'), found)
})
