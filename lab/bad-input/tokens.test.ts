import { giveAll } from './give-all.ts'
import { tokens } from './tokens.ts'

giveAll('tokens', tokens)
