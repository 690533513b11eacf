import assert from 'node:assert/strict'
import { suite, test } from 'node:test'

import fc from 'fast-check'

import { description } from '../../../lab/simulators/router/description.ts'
import { connectionServices, tag } from './description.ts'
import { beganAnew } from './epoch.ts'
import { grantedSeconds, isAboutConnection } from './gena.ts'
import { addressRequest, readNatPmp } from './nat-pmp.ts'
import { announceRequest, readPcp } from './pcp.ts'
import { addressInSoap } from './soap.ts'
import { locationIn, searches } from './ssdp.ts'

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')
const root = new URL('http://192.168.1.1:5000/rootDesc.xml')

suite('NAT-PMP', () => {
  test('the question is two bytes of zero (RFC 6886 section 3.2)', () => {
    assert.deepEqual([...addressRequest()], [0, 0])
  })
  test('an answer of miniupnpd 2.3.1, as it came', () => {
    const answer = readNatPmp(hex('00 80 00 00 00 00 01 2c 0b 16 21 2c'))
    assert.deepEqual(answer, {
      result: 0,
      epoch: 300,
      address: { family: 'ipv4', text: '11.22.33.44' },
    })
  })
  test('without a connection there is no address, whatever stands in its place', () => {
    assert.equal(readNatPmp(hex('00 80 00 03 00 00 00 05 0b 16 21 2c'))?.address, undefined)
    assert.equal(readNatPmp(hex('00 80 00 00 00 00 00 05 00 00 00 00'))?.address, undefined)
  })
  test('a request, a mapping and a longer datagram are no answers', () => {
    for (const bytes of ['0000', '0081 0000 00000001 00000000', `00800000${'00'.repeat(9)}`])
      assert.equal(readNatPmp(hex(bytes)), undefined, bytes)
  })
})

suite('PCP', () => {
  test('ANNOUNCE asks for nothing (RFC 6887 sections 7.1 and 14.1)', () => {
    const bytes = announceRequest('192.168.1.5')
    assert.equal(bytes.length, 24)
    assert.deepEqual([...bytes.subarray(0, 8)], [2, 0, 0, 0, 0, 0, 0, 0])
    assert.equal(bytes.subarray(8).toString('hex'), '00000000000000000000ffffc0a80105')
  })
  test('an answer has its opcode, result and epoch', () => {
    const bytes = hex(`02 80 00 00 00 00 00 00 00 00 01 2c ${'00'.repeat(12)}`)
    assert.deepEqual(readPcp(bytes), { opcode: 0, result: 0, epoch: 300 })
    assert.equal(readPcp(bytes.subarray(0, 23)), undefined)
    assert.equal(readPcp(announceRequest('192.168.1.5')), undefined)
  })
})

test('whatever comes as a datagram is read or not, and never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => {
      const datagram = Buffer.from(bytes)
      const natPmp = readNatPmp(datagram)
      if (natPmp?.address) assert.equal(natPmp.address.text, datagram.subarray(8, 12).join('.'))
      readPcp(datagram)
      locationIn(datagram, '192.168.1.1')
    }),
    { numRuns: 300 },
  )
})

test('whatever follows the right first bytes is read as the RFC has it', () => {
  const quad = fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255))
  fc.assert(
    fc.property(fc.nat(0xff_ff_ff_ff), quad, (epoch, address) => {
      const bytes = Buffer.alloc(12)
      bytes[1] = 128
      bytes.writeUInt32BE(epoch, 4)
      bytes.set(address, 8)
      const read = readNatPmp(bytes)
      assert.equal(read?.epoch, epoch)
      assert.equal(read?.address?.text, address.join('.'))
    }),
    { numRuns: 100 },
  )
})

suite('epochs (RFC 6887 section 8.5)', () => {
  const at = (seconds: number) => new Date(1_764_000_000_000 + seconds * 1000)
  const seen = (epoch: number, seconds: number) => ({ epoch, at: at(seconds) })
  const cases: readonly (readonly [string, number, number, boolean])[] = [
    ['the same pace', 160, 60, false],
    ['a second of rounding back', 99, 0, false],
    ['two seconds back', 98, 0, true],
    ['from the start again', 3, 60, true],
    ['a clock that is slow by a sixteenth', 100 + 3400, 3600, false],
    ['a clock that stood still', 100, 60, true],
    ['a leap ahead', 100 + 500, 60, true],
  ]
  for (const [what, epoch, seconds, expected] of cases)
    test(`${what}: ${expected ? 'began anew' : 'goes on'}`, () => {
      assert.equal(beganAnew(seen(100, 0), seen(epoch, seconds)), expected)
    })
})

suite('UPnP', () => {
  test('a search asks for routers of both generations', () => {
    assert.match(searches().join('\n'), /Device:2[\s\S]*Device:1/)
  })
  test('only a description at the router itself is one', () => {
    const answer = (location: string) =>
      Buffer.from(`HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\nLocation: ${location}\r\n\r\n`)
    const at = (location: string) => locationIn(answer(location), '192.168.1.1')?.href
    assert.equal(at('http://192.168.1.1:5000/rootDesc.xml'), root.href)
    for (const elsewhere of [
      'http://192.168.1.2:5000/rootDesc.xml',
      'http://192.168.1.1.example.com/',
      'http://192.168.1.1@203.0.113.7/',
      'https://192.168.1.1/',
      'file:///etc/passwd',
      'rootDesc.xml',
    ])
      assert.equal(at(elsewhere), undefined, elsewhere)
  })
  for (const igd of [1, 2] as const)
    test(`the connection of IGD:${igd}`, () => {
      const [service, ...more] = connectionServices(description(igd), root)
      assert.equal(service?.type, `urn:schemas-upnp-org:service:WANIPConnection:${igd}`)
      assert.equal(service?.control.href, 'http://192.168.1.1:5000/ctl/IPConn')
      assert.equal(service?.events?.href, 'http://192.168.1.1:5000/evt/IPConn')
      assert.deepEqual(more, [])
    })
  test('a service that leads elsewhere is left out', () => {
    const evil = description(2).replace('/ctl/IPConn', 'http://192.168.1.2/ctl')
    assert.deepEqual(connectionServices(evil, root), [])
    const events = description(2).replace('/evt/IPConn', 'http://192.168.1.2/evt')
    assert.equal(connectionServices(events, root)[0]?.events, undefined)
    const base = description(2).replace(
      '<device>',
      '<URLBase>http://192.168.1.2/</URLBase><device>',
    )
    assert.equal(connectionServices(base, root)[0]?.control.hostname, '192.168.1.1')
  })
  test('a line that dials in comes after one that does not', () => {
    const ppp = description(1).replaceAll('WANIPConnection', 'WANPPPConnection')
    const both = description(1).replace(
      '<serviceList>',
      `<serviceList>${/<service>(?:(?!<service>)[\s\S])*PPP[\s\S]*?<\/service>/u.exec(ppp)?.[0]}`,
    )
    assert.deepEqual(
      connectionServices(both, root).map(({ type }) => type.split(':')[3]),
      ['WANIPConnection', 'WANPPPConnection'],
    )
  })
  test('an address, none, and no answer', () => {
    const said = (text: string) =>
      addressInSoap(`<NewExternalIPAddress>${text}</NewExternalIPAddress>`)
    assert.deepEqual(said('11.22.33.44'), { family: 'ipv4', text: '11.22.33.44' })
    assert.equal(said(''), 'none')
    assert.equal(said('0.0.0.0'), 'none')
    for (const text of ['hello', '11.22.33', '2001:db8::1']) assert.equal(said(text), undefined)
    assert.equal(addressInSoap('<s:Fault>501</s:Fault>'), undefined)
  })
  test('events are told by what they are about', () => {
    const event = (name: string) =>
      `<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0"><e:property><${name}>x</${name}></e:property></e:propertyset>`
    assert.equal(isAboutConnection(event('ExternalIPAddress')), true)
    assert.equal(isAboutConnection(event('ConnectionStatus')), true)
    assert.equal(isAboutConnection(event('PortMappingNumberOfEntries')), false)
  })
  test('a subscription lasts as long as was said, within reason', () => {
    assert.equal(grantedSeconds('Second-1800'), 1800)
    assert.equal(grantedSeconds('Second-1'), 60)
    assert.equal(grantedSeconds('Second-infinite'), 1800)
    assert.equal(grantedSeconds('Second-999999999'), 86_400)
    assert.equal(grantedSeconds(undefined), 1800)
  })
  test('whatever comes as XML is read in time, and never throws', () => {
    const piece = fc.oneof(
      fc.constantFrom('<service>', '</service>', '<controlURL>', '<URLBase>', '&amp;', '<', '>'),
      fc.string({ maxLength: 20 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 200 }), (pieces) => {
        const xml = pieces.join('')
        for (const { control } of connectionServices(xml, root))
          assert.equal(control.hostname, '192.168.1.1')
        tag(xml, 'controlURL')
      }),
      { numRuns: 100 },
    )
    const long = '<service>'.repeat(14_000)
    const started = performance.now()
    connectionServices(long, root)
    // Quadratic it may be within two thousand characters, but not in the whole.
    assert.ok(performance.now() - started < 5000)
  })
})
