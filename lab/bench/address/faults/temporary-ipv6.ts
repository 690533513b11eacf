import { addresses } from '../../../network/addresses.ts'
import type { FaultScript } from '../fault-script.ts'

const temporary = '2001:db8:7:1:abcd:ef01:2345:6789'

export const script: FaultScript = {
  says: 'the machine speaks from a second IPv6 address that is deprecated at once; the record keeps the lasting one',
  async play({ home, cloud, waits }) {
    const lifetimes = ['preferred_lft', '0', 'valid_lft', '60']
    await home.exec([
      'ip',
      'address',
      'add',
      `${temporary}/64`,
      'dev',
      'router',
      'nodad',
      ...lifetimes,
    ])
    await waits(2000)
    await home.exec(['ip', 'address', 'del', `${temporary}/64`, 'dev', 'router'])
    const records = await cloud.records()
    if (!records.some((record) => record.includes(addresses.home.ipv6)))
      throw new Error(`the IPv6 record is gone: ${records.join(', ')}`)
  },
}
