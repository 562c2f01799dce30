package discordtest

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"

	"github.com/coder/websocket"
)

// packer writes payloads to a connection in the form that the client asked for: as text, as one
// zlib stream for the whole connection, or some payloads each compressed for itself.
type packer struct {
	stream  bool // compress=zlib-stream in the address
	payload bool // "compress" in IDENTIFY

	buf bytes.Buffer
	z   *zlib.Writer
}

// compressed says which payloads are compressed where a client takes such: those that tend to be
// long. Discord compresses some as well.
func compressed(p payload) bool {
	return p.T != nil && (*p.T == "READY" || *p.T == "GUILD_CREATE")
}

func (k *packer) begin() { k.z = zlib.NewWriter(&k.buf) }

func (k *packer) write(ctx context.Context, ws *websocket.Conn, p payload) error {
	text, err := json.Marshal(p)
	if err != nil {
		panic(err) // all payloads are plain values
	}
	if p.packed && !k.stream {
		k.payload = true
	}
	switch {
	case k.stream:
		k.buf.Reset()
		_, _ = k.z.Write(text) // a buffer takes everything
		_ = k.z.Flush()        // ends with 00 00 ff ff
	case k.payload && compressed(p):
		k.buf.Reset()
		k.begin()
		_, _ = k.z.Write(text)
		_ = k.z.Close()
	default:
		return ws.Write(ctx, websocket.MessageText, text)
	}
	return ws.Write(ctx, websocket.MessageBinary, k.buf.Bytes())
}
