import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const NGINX_HEAD = (folder: string): string => `
daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 1024; }`
const NGINX_HTTP = (folder: string): string => `
  access_log off; keepalive_requests 1000000000; default_type application/json;
  client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
  uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;`

/** the stand-in for Google in a benchmark: one fixed message, one fixed answer to a send */
export function writeUpstream(folder: string, port: number, message: string): string {
  const root = join(folder, 'root/gmail/v1/users/me/messages')
  mkdirSync(root, { recursive: true })
  writeFileSync(join(root, 'm1'), message)
  return writeNginx(
    folder,
    `server { listen 127.0.0.1:${port}; root ${folder}/root;
      location = /gmail/v1/users/me/messages/send {
        return 200 '{"id":"sent1","threadId":"sent1","labelIds":["SENT"]}'; } }`,
  )
}

export function writePlainProxy(folder: string, port: number, upstream: number): string {
  return writeNginx(
    folder,
    `upstream u { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000000; }
    server { listen 127.0.0.1:${port};
      location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ""; } }`,
  )
}

export function writeCheckedProxy(
  folder: string,
  port: number,
  upstream: number,
  check: number,
): string {
  return writeNginx(
    folder,
    `upstream u { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 1000000000; }
    upstream c { server 127.0.0.1:${check}; keepalive 64; keepalive_requests 1000000000; }
    server { listen 127.0.0.1:${port};
      location / { auth_request /check; proxy_pass http://u; proxy_http_version 1.1;
        proxy_set_header Connection ""; }
      location = /check { internal; proxy_pass http://c; proxy_http_version 1.1;
        proxy_set_header Connection ""; proxy_pass_request_body off; proxy_set_header Content-Length ""; } }`,
  )
}

function writeNginx(folder: string, servers: string): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'nginx.conf')
  writeFileSync(path, `${NGINX_HEAD(folder)}\nhttp { ${NGINX_HTTP(folder)}\n${servers}\n}\n`)
  return path
}

/** Apache as an OAuth resource server: mod_auth_openidc verifies an RS256 JWT with a local key */
export function writeApache(
  folder: string,
  port: number,
  upstream: number,
  publicPem: string,
): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'key.pem'), publicPem)
  const modules = [
    'mpm_event',
    'authn_core',
    'authz_core',
    'authz_user',
    'proxy',
    'proxy_http',
    'auth_openidc',
  ]
  const path = join(folder, 'apache.conf')
  writeFileSync(
    path,
    `${modules.map((m) => `LoadModule ${m}_module /usr/lib/apache2/modules/mod_${m}.so`).join('\n')}
ServerRoot ${folder}
ServerName 127.0.0.1
PidFile ${folder}/pid
Mutex file:${folder} default
Listen 127.0.0.1:${port}
User www-data
Group www-data
ErrorLog ${folder}/error.log
KeepAlive On
MaxKeepAliveRequests 0
KeepAliveTimeout 60
OIDCOAuthVerifyCertFiles bench#${folder}/key.pem
OIDCCryptoPassphrase bench
<Location "/">
  AuthType oauth20
  Require valid-user
  ProxyPass http://127.0.0.1:${upstream}/ keepalive=On
</Location>
`,
  )
  return path
}
