import { giveAll } from './give-all.ts'
import { machine } from './machine.ts'

giveAll('machine', machine)
