import { z } from 'zod'

import { startAuthority } from './authority.ts'

// node lab/simulators/acme/main.ts '{"port":14000,"nameServers":[{"host":"127.0.0.1","port":5353}]}'
// Prints one line of JSON when it listens, and stays until SIGTERM.

const pair = z.object({ certificatePem: z.string(), keyPem: z.string() })
const limit = z.object({ count: z.number(), hours: z.number() })
const options = z
  .strictObject({
    host: z.string(),
    port: z.number().int(),
    serverCertificate: pair,
    nameServers: z.array(z.object({ host: z.string(), port: z.number().int() })),
    profiles: z.record(z.string(), z.object({ days: z.number(), commonName: z.boolean() })),
    eabKeys: z.record(z.string(), z.string()).transform((keys) => new Map(Object.entries(keys))),
    validationMs: z.number(),
    limits: z.object({
      accountsPerAddress: limit,
      ordersPerAccount: limit,
      certificatesPerDomain: limit,
      certificatesPerSetOfNames: limit,
      failuresPerName: limit,
    }),
  })
  .partial()
  .required({ nameServers: true })

const { host, port, serverCertificate, nameServers, ...given } = options.parse(
  JSON.parse(process.argv[2] ?? '{}'),
)
const authority = await startAuthority({
  nameServers,
  ...(host === undefined ? {} : { host }),
  ...(port === undefined ? {} : { port }),
  ...(serverCertificate === undefined ? {} : { serverCertificate }),
  ...(given.profiles === undefined ? {} : { profiles: given.profiles }),
  ...(given.eabKeys === undefined ? {} : { eabKeys: given.eabKeys }),
  ...(given.validationMs === undefined ? {} : { validationMs: given.validationMs }),
  ...(given.limits === undefined ? {} : { limits: given.limits }),
})
const { directoryUrl, rootPem, alternateRootPem, chainPem } = authority
console.log(JSON.stringify({ directoryUrl, rootPem, alternateRootPem, chainPem }))
for (const stop of ['SIGTERM', 'SIGINT'] as const) process.once(stop, () => void authority.close())
