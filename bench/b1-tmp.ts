import { readdirSync, readFileSync } from 'node:fs'
import { startEnvironment } from './environment.ts'
import { measure, median } from './load.ts'
import { sampleMessage } from './message.ts'
const e = await startEnvironment(sampleMessage(20_000))
try {
  const capability = await e.grant([
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['customer.example'] } },
    { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['customer.example'] } },
  ])
  const t = (path: string) => ({ name: 'remit', pids: [e.front.pid], url: e.front.url + path, authorization: `Bearer ${capability}` })
  const head = ['To: lena@customer.example','Subject: Your order 1042','MIME-Version: 1.0','Content-Type: text/plain; charset=utf-8','',''].join('\r\n')
  const mail = head + 'Your order left this morning and will be with you tomorrow.\r\n'.repeat(3600 / 61)
  const send = { method: 'POST', seconds: Number(process.env['SECS'] ?? 4), connections: 32, body: JSON.stringify({ raw: Buffer.from(mail).toString('base64url') }) } as const
  const read = { method: 'GET', seconds: Number(process.env['SECS'] ?? 4), connections: 32 } as const
  const send_ = process.env['WHAT'] === 'send'
  const threads = () => new Map(readdirSync(`/proc/${e.front.pid}/task`).map((t) => { const d = `/proc/${e.front.pid}/task/${t}/`; return [t + ' ' + readFileSync(d + 'comm', 'utf8').trim(), Number(readFileSync(d + 'schedstat', 'utf8').split(' ')[0]) / 1000] as const }))
  for (let i = 0; i < Number(process.env['N'] ?? 3); i++) { const a = threads(); const r = await measure(t(send_ ? '/gmail/v1/users/me/messages/send' : '/gmail/v1/users/me/messages/m1'), send_ ? send : read); const n = r.requestsPerSecond * read.seconds; console.log(JSON.stringify(r)); console.log([...threads()].map(([k, v]) => [k, (v - (a.get(k) ?? 0)) / n] as const).filter(([, v]) => v > 0.5).map(([k, v]) => `${k}: ${v.toFixed(1)}`).join('  ')) }
} finally { await e.close() }
