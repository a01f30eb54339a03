/** A backend, a process of its own: takes every export at once, and tells how many spans it was. */
import { createServer } from 'node:http';

const seen = { spans: 0, bytes: 0, lastAt: 0 };

/** Calls `visit` with each field `number` of a protobuf message that is itself a message. Skips what is in them. */
function eachMessage(bytes, number, visit) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else {
      const length = varint();
      if (tag >>> 3 === number) visit(bytes.subarray(at, at + length));
      at += length;
    }
  }
}

/** `ExportTraceServiceRequest.resource_spans[1].scope_spans[2].spans[2]`. */
function countSpans(request) {
  let spans = 0;
  eachMessage(request, 1, resource => {
    eachMessage(resource, 2, scope => {
      eachMessage(scope, 2, () => {
        spans++;
      });
    });
  });
  return spans;
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    const body = Buffer.concat(chunks);
    seen.spans += countSpans(body);
    seen.bytes += body.length;
    seen.lastAt = Date.now();
  });
});
server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }));
process.on('message', () => process.send(seen));
process.on('disconnect', () => process.exit(0));
