/** one Gmail message of about 20 kB as `messages.get?format=full` answers it: twenty headers, one text part */
export function sampleMessage(bytes: number): string {
  const headers = [
    ['Delivered-To', 'dana@northwind-tea.example'],
    [
      'Received',
      'by 2002:a05:6000:1046:b0:38f with SMTP id c6csp1; Fri, 20 Nov 2026 09:14:03 -0800 (PST)',
    ],
    [
      'X-Received',
      'by 2002:a17:906:7953:b0:a3e with SMTP id l19; Fri, 20 Nov 2026 09:14:02 -0800 (PST)',
    ],
    ['Return-Path', '<lena@customer.example>'],
    [
      'Authentication-Results',
      'mx.google.com; dkim=pass header.i=@customer.example; spf=pass; dmarc=pass (p=REJECT) header.from=customer.example',
    ],
    [
      'DKIM-Signature',
      `v=1; a=rsa-sha256; c=relaxed/relaxed; d=customer.example; b=${'A'.repeat(340)}`,
    ],
    ['MIME-Version', '1.0'],
    ['From', 'Lena Brandt <lena@customer.example>'],
    ['To', 'Dana <dana@northwind-tea.example>'],
    ['Date', 'Fri, 20 Nov 2026 18:14:01 +0100'],
    ['Message-ID', '<CA+6f3@customer.example>'],
    ['Subject', 'Where is my order 1042?'],
    ['Content-Type', 'text/plain; charset="UTF-8"'],
    ['Content-Transfer-Encoding', 'quoted-printable'],
  ].map(([name, value]) => ({ name, value }))
  const text = Buffer.from('Dear Dana, where is my order 1042? Kind regards, Lena. '.repeat(600))
  const shell = (data: string): string =>
    JSON.stringify({
      id: 'm1',
      threadId: 't1',
      labelIds: ['INBOX', 'Label_support'],
      snippet: 'Dear Dana, where is my order 1042?',
      payload: {
        partId: '',
        mimeType: 'text/plain',
        filename: '',
        headers,
        body: { size: text.length, data },
      },
      sizeEstimate: bytes,
      historyId: '8812',
      internalDate: '1795194843000',
    })
  const room = bytes - shell('').length
  return shell(text.toString('base64url').slice(0, room - (room % 4)))
}
