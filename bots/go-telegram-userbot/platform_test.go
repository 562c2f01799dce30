package main

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/gotd/td/bin"
	"github.com/gotd/td/tg"
	"github.com/gotd/td/tgerr"
	"github.com/gotd/td/tgtest"
	"github.com/gotd/td/tgtest/services/config"
	"github.com/gotd/td/transport"
)

const (
	phone    = "+4915100000000"
	hash     = "0123456789abcdef0123456789abcdef"
	theCode  = "12345"
	selfID   = 10
	friendID = 11
)

// platform is a Telegram server with one account and a friend of it.
type platform struct {
	address string
	key     []byte // PEM
	server  *tgtest.Server
	sent    chan string   // what the account sends
	up      chan struct{} // closed when it wants updates

	mu       sync.Mutex
	loggedIn bool
	twoSteps bool            // a password is wanted
	codes    int             // asked for
	tries    int             // with a password
	session  *tgtest.Session // that gets updates
	pts      int
}

func newPlatform(t *testing.T) *platform {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &platform{
		address: l.Addr().String(), sent: make(chan string, 100), up: make(chan struct{}), pts: 1,
		key: pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}),
	}
	d := tgtest.NewDispatcher()
	p.server = tgtest.NewServer(struct{ RSA *rsa.PrivateKey }{key}, tgtest.UnpackInvoke(d), tgtest.ServerOptions{DC: 2})
	address := l.Addr().(*net.TCPAddr)
	config.NewService(&tg.Config{DCOptions: []tg.DCOption{{ID: 2, IPAddress: "127.0.0.1", Port: address.Port, Static: true}}}, &tg.CDNConfig{}).Register(d)
	p.register(d)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.server.Serve(ctx, transport.ListenCodec(nil, l)) }()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	return p
}

func (p *platform) self() *tg.User {
	return &tg.User{ID: selfID, Self: true, AccessHash: 1, FirstName: "Ada", Username: "ada"}
}

// register sets what the server answers. It knows one account and checks no more than that takes.
func (p *platform) register(d *tgtest.Dispatcher) {
	d.HandleFunc(tg.UsersGetUsersRequestTypeID, func(s *tgtest.Server, r *tgtest.Request) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if !p.loggedIn {
			return s.SendErr(r, tgerr.New(401, "AUTH_KEY_UNREGISTERED"))
		}
		return s.SendVector(r, p.self())
	})
	d.HandleFunc(tg.AuthSendCodeRequestTypeID, func(s *tgtest.Server, r *tgtest.Request) error {
		var in tg.AuthSendCodeRequest
		if err := in.Decode(r.Buf); err != nil {
			return err
		}
		if in.APIHash != hash {
			return s.SendErr(r, tgerr.New(400, "API_ID_INVALID"))
		}
		p.mu.Lock()
		p.codes++
		p.mu.Unlock()
		return s.SendResult(r, &tg.AuthSentCode{Type: &tg.AuthSentCodeTypeApp{Length: len(theCode)}, PhoneCodeHash: "of " + in.PhoneNumber})
	})
	d.HandleFunc(tg.AuthSignInRequestTypeID, p.signIn)
	d.Handle(tg.AccountGetPasswordRequestTypeID, tgtest.HandlerFunc(p.getPassword))
	d.HandleFunc(tg.AuthCheckPasswordRequestTypeID, p.checkPassword)
	d.HandleFunc(tg.UpdatesGetStateRequestTypeID, func(s *tgtest.Server, r *tgtest.Request) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.session == nil {
			close(p.up)
		}
		p.session = &r.Session
		return s.SendResult(r, &tg.UpdatesState{Pts: p.pts, Date: int(time.Now().Unix())})
	})
	d.HandleFunc(tg.UpdatesGetDifferenceRequestTypeID, func(s *tgtest.Server, r *tgtest.Request) error {
		return s.SendResult(r, &tg.UpdatesDifferenceEmpty{Date: int(time.Now().Unix())})
	})
	d.HandleFunc(tg.MessagesSendMessageRequestTypeID, func(s *tgtest.Server, r *tgtest.Request) error {
		var in tg.MessagesSendMessageRequest
		if err := in.Decode(r.Buf); err != nil {
			return err
		}
		p.sent <- in.Message
		return s.SendResult(r, &tg.Updates{Date: int(time.Now().Unix())})
	})
}

func (p *platform) signIn(s *tgtest.Server, r *tgtest.Request) error {
	var in tg.AuthSignInRequest
	if err := in.Decode(r.Buf); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case in.PhoneCodeHash != "of "+phone || in.PhoneCode != theCode:
		return s.SendErr(r, tgerr.New(400, "PHONE_CODE_INVALID"))
	case p.twoSteps:
		return s.SendErr(r, tgerr.New(401, "SESSION_PASSWORD_NEEDED"))
	}
	p.loggedIn = true
	return s.SendResult(r, &tg.AuthAuthorization{User: p.self()})
}

// prime is the one of group 14 in RFC 3526.
const prime = "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B" +
	"302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3D" +
	"C2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C" +
	"32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA051015728E5A8AACAA68" +
	"FFFFFFFFFFFFFFFF"

func (p *platform) getPassword(s *tgtest.Server, r *tgtest.Request) error {
	modulus, err := hex.DecodeString(prime)
	if err != nil {
		return err
	}
	algo := &tg.PasswordKdfAlgoSHA256SHA256PBKDF2HMACSHA512iter100000SHA256ModPow{Salt1: []byte("one"), Salt2: []byte("two"), G: 2, P: modulus}
	b := make([]byte, 256)
	_, _ = rand.Read(b)
	b[0] = 0x7f
	out := &tg.AccountPassword{
		HasPassword: true, NewAlgo: algo, NewSecureAlgo: &tg.SecurePasswordKdfAlgoUnknown{}, SecureRandom: b,
	}
	out.SetCurrentAlgo(algo)
	out.SetSRPB(b)
	out.SetSRPID(7)
	return s.SendResult(r, out)
}

// checkPassword says no at first and then yes: the server's half of the proof isn't in the library.
func (p *platform) checkPassword(s *tgtest.Server, r *tgtest.Request) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.tries++; p.tries == 1 {
		return s.SendErr(r, tgerr.New(400, "PASSWORD_HASH_INVALID"))
	}
	p.loggedIn = true
	return s.SendResult(r, &tg.AuthAuthorization{User: p.self()})
}

// write has a text appear in the chat with a friend, written by the account or by the friend.
func (p *platform) write(ctx context.Context, text string, own bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pts++
	m := &tg.Message{ID: p.pts, Out: own, PeerID: &tg.PeerUser{UserID: friendID}, Message: text, Date: int(time.Now().Unix())}
	if !own {
		m.SetFromID(&tg.PeerUser{UserID: friendID})
	}
	var news bin.Encoder = &tg.Updates{
		Updates: []tg.UpdateClass{&tg.UpdateNewMessage{Message: m, Pts: p.pts, PtsCount: 1}},
		Users:   []tg.UserClass{p.self(), &tg.User{ID: friendID, AccessHash: 2, FirstName: "Grace"}},
		Date:    int(time.Now().Unix()),
	}
	const fromServer = 3 // proto.MessageFromServer, which is internal
	return p.server.Send(ctx, *p.session, fromServer, news)
}

// asked waits for the next thing that the account sends.
func (p *platform) asked(ctx context.Context) string {
	select {
	case text := <-p.sent:
		return text
	case <-ctx.Done():
		return "(nothing)"
	}
}
