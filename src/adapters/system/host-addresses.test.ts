import assert from 'node:assert/strict'
import { test } from 'node:test'

import { gatewayIn } from './default-gateway.ts'
import { hostAddresses, inet6In } from './host-addresses.ts'

// As a kernel 6.12 shows them, with addresses of RFC 3849 in the place of the true ones.
const table = `00000000000000000000000000000001 01 80 10 80       lo
fe80000000000000021122fffe334455 02 40 20 80     eth0
20010db800010000021122fffe334455 02 40 00 00     eth0
20010db800010000abcdef0123456789 02 40 00 01     eth0
20010db8000200000000000000000005 02 80 00 a0     eth0
20010db8000300000000000000000005 02 40 00 40     eth0
fd00000000000000021122fffe334455 02 40 00 80     eth0
`

test('the addresses of IPv6 with what the kernel says of them', () => {
  const found = inet6In(table).map(({ address, temporary, unfit, permanent }) =>
    [address.text, temporary && 'temporary', unfit && 'unfit', permanent && 'permanent']
      .filter((word) => word !== false)
      .join(' '),
  )
  assert.deepEqual(found, [
    '2001:db8:1:0:211:22ff:fe33:4455',
    '2001:db8:1:0:abcd:ef01:2345:6789 temporary',
    '2001:db8:2::5 unfit permanent',
    '2001:db8:3::5 unfit',
    'fd00::211:22ff:fe33:4455 permanent',
  ])
})

test('junk is no address', () => {
  assert.deepEqual(inet6In('hello\n\n00 01 02\n'), [])
})

test('without the table the system is asked, which knows no flags', async () => {
  for (const { temporary, unfit } of await hostAddresses('/nowhere'))
    assert.deepEqual({ temporary, unfit }, { temporary: false, unfit: false })
})

const routes = (...lines: string[]) =>
  `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n${lines.join('\n')}\n`

test('the default gateway, of several the one with the lowest metric', () => {
  const table = routes(
    'wlan0\t00000000\t0200A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
    'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
    'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0',
  )
  assert.equal(gatewayIn(table), '192.168.1.1')
})

test('a line that dials in has no gateway, and a route to half of the world is no default', () => {
  assert.equal(
    gatewayIn(routes('ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0')),
    undefined,
  )
  assert.equal(
    gatewayIn(routes('tun0\t00000000\t0100080A\t0003\t0\t0\t0\t00000080\t0\t0\t0')),
    undefined,
  )
  assert.equal(gatewayIn(''), undefined)
})
