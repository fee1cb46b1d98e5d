/**
 * What a token costs, as a ratio to one Ed25519 verification of node:crypto in the same run: `npm run bench:token`.
 * Processor time of all threads of this process; batches are interleaved, the table shows medians of per-round ratios.
 */
import { generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { authorize, SecondReader } from '../capabilities/index.ts'
import { median } from './load.ts'
import { cedarDecision } from './peers/cedar.ts'
import { curves } from './token-curves.ts'
import {
  AUDIENCE,
  mint,
  narrow,
  NOW,
  READ,
  rootPublicKey,
  tokenOf,
  verified,
  verifyHere,
} from './sample-token.ts'

const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 21)
const BATCH_MICROSECONDS = 20_000

interface Subject {
  readonly name: string
  readonly run: () => unknown
}

const reader = await SecondReader.start()
const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const payload = randomBytes(500)
const signature = sign(null, payload, privateKey)

const grant = tokenOf(1)
const jwt = await new SignJWT({ grant: 'g_bench', client_id: 'bench' })
  .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt' })
  .setAudience(AUDIENCE)
  .setExpirationTime(NOW + 86_400)
  .sign(privateKey)
const cedar = cedarDecision()
const verifyJwt = async (): Promise<void> => {
  await jwtVerify(jwt, publicKey, { audience: AUDIENCE, typ: 'at+jwt' })
}
const askCedar = (): void => {
  if (!cedar()) throw new Error('it must be allowed')
}

const subjects: Subject[] = [
  { name: 'Ed25519 verify, node:crypto', run: () => verify(null, payload, publicKey, signature) },
  ...[1, 2, 4, 8].flatMap(verifications),
  ...[1, 4, 8].map(decision),
  { name: 'attenuate 1 → 2 blocks', run: () => narrow(grant) },
  { name: 'mint', run: mint },
  { name: 'jose, verify a JWT (EdDSA)', run: verifyJwt },
  { name: 'Cedar, equivalent policies, parsed before', run: askCedar },
  {
    name: 'jose and Cedar: a cold request',
    run: async () => {
      await verifyJwt()
      askCedar()
    },
  },
  {
    name: 'verify, ours, and decide: a cold request, 1 block',
    run: () => {
      const result = authorize(verified(grant), READ, { now: NOW, audience: AUDIENCE })
      if (!result.decision.allowed) throw new Error('it must be allowed')
    },
  },
  ...curves().map(({ what, size, run }) => ({ name: `${what}: ${size}`, run })),
]
try {
  await report()
} finally {
  await reader.close()
}

function verifications(blocks: number): Subject[] {
  const token = tokenOf(blocks)
  const size = `${blocks} block${blocks === 1 ? '' : 's'}, ${token.length} characters`
  return [
    { name: `verify, ours, ${size}`, run: () => verified(token) },
    {
      name: `verify, ours and the library, ${size}`,
      run: async () => {
        const result = verifyHere(token)
        const verdict = await reader.accepts(token, rootPublicKey)
        if (!result.ok || verdict !== 'accepted') throw new Error(`the library said ${verdict}`)
      },
    },
  ]
}

/** facts and evaluation on a token that was verified before: what every request pays */
function decision(blocks: number): Subject {
  const token = verified(tokenOf(blocks))
  const context = { now: NOW, audience: AUDIENCE }
  return {
    name: `decide, cached token, ${blocks} block${blocks === 1 ? '' : 's'}`,
    run: () => {
      if (!authorize(token, READ, context).decision.allowed) throw new Error('it must be allowed')
    },
  }
}

async function report(): Promise<void> {
  const costs = new Map<Subject, number[]>(subjects.map((subject) => [subject, []]))
  const counts = new Map<Subject, number>()
  for (const subject of subjects) counts.set(subject, await calibrate(subject))
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const subject of round % 2 === 0 ? subjects : subjects.toReversed()) {
      costs.get(subject)?.push(await costOf(subject, counts.get(subject) ?? 1))
    }
  }
  const [reference] = subjects
  const base = (reference && costs.get(reference)) ?? []
  console.log('| operation | CPU µs | × Ed25519 verify |')
  console.log('| --- | ---: | ---: |')
  for (const [{ name }, found] of costs) {
    const ratio = median(found.map((cost, round) => cost / (base[round] ?? cost)))
    console.log(`| ${name} | ${median(found).toFixed(1)} | ${ratio.toFixed(2)} |`)
  }
}

/** calls that fill one batch, found once the code is warm */
async function calibrate(subject: Subject): Promise<number> {
  await costOf(subject, 200)
  return Math.max(10, Math.round(BATCH_MICROSECONDS / (await costOf(subject, 100))))
}

async function costOf({ run }: Subject, count: number): Promise<number> {
  const before = process.cpuUsage()
  for (let index = 0; index < count; index += 1) {
    const result = run()
    // an await per call would be a cost of its own
    if (result instanceof Promise) await result
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
