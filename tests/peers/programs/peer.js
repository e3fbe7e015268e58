// A TLS client or server on node's tls module, told what to do by key=value.
'use strict';
const fs = require('fs');
const tls = require('tls');

const said = Object.fromEntries(process.argv.slice(3).map((word) => {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}));
const options = {};
// For a server '/' keeps the order of groups; with ':' those with a share come first.
if (said.groups) options.ecdhCurve = said.groups.split(',').join(process.argv[2] === 'server' ? '/' : ':');
if (said.alpn) options.ALPNProtocols = said.alpn.split(',');
if (said.chain) Object.assign(options, { cert: fs.readFileSync(said.chain), key: fs.readFileSync(said.key) });
if (said.ca) options.ca = fs.readFileSync(said.ca);

function fail(error) {
  console.error('error:', error.message);
  process.exitCode = 1;
}

if (process.argv[2] === 'client') {
  const socket = tls.connect({
    ...options, host: '127.0.0.1', port: Number(said.port), servername: said.name,
    requestOCSP: Boolean(said.status),
  }, () => socket.write(`GET ${said.path} HTTP/1.0\r\n\r\n`));
  socket.on('error', fail);
  socket.on('OCSPResponse', (response) => console.error('staple', response ? response.toString('base64') : 'none'));
  socket.pipe(process.stdout);
} else {
  const server = tls.createServer({
    ...options, requestCert: Boolean(said.ca), rejectUnauthorized: true,
  }, (socket) => {
    socket.on('error', fail);
    socket.pipe(socket);
  });
  server.on('tlsClientError', fail);
  if (said.staple) server.on('OCSPRequest', (own, issuer, done) => done(null, fs.readFileSync(said.staple)));
  server.listen(0, '127.0.0.1', () => console.log('port', server.address().port));
}
