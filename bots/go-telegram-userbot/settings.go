package main

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/gotd/td/session"
	"github.com/gotd/td/telegram"
	"github.com/gotd/td/telegram/dcs"
	"github.com/gotd/td/tg"
)

// settings are what the environment says.
type settings struct {
	apiID    int
	apiHash  string
	phone    string
	password string
	prefix   string
	session  string // the file that keeps the login

	server *tg.DCOption // another server than Telegram's own
	key    *rsa.PublicKey
}

func readSettings() (s settings, err error) {
	s.apiHash, s.phone, s.password = setting("API_HASH", ""), setting("PHONE", ""), os.Getenv("PASSWORD")
	s.prefix = setting("PREFIX", ".")
	s.apiID, err = strconv.Atoi(setting("API_ID", ""))
	if err != nil || s.apiID <= 0 || s.apiHash == "" {
		return s, errors.New("there is no API_ID (a number) or API_HASH. my.telegram.org gives both; enter them as secrets of this bot")
	}
	name := setting("SESSION_NAME", "userbot")
	if name != filepath.Base(name) {
		return s, errors.New("SESSION_NAME is a name without folders")
	}
	s.session = name + ".session.json"
	if address := setting("MTPROTO_SERVER", ""); address != "" {
		s.server, s.key, err = otherServer(address, setting("MTPROTO_KEY_FILE", ""))
	}
	return s, err
}

// otherServer reads the address and public key of a server for tests.
func otherServer(address, keyFile string) (*tg.DCOption, *rsa.PublicKey, error) {
	host, port, err := net.SplitHostPort(address)
	n, errPort := strconv.Atoi(port)
	if err != nil || errPort != nil {
		return nil, nil, errors.New("MTPROTO_SERVER is HOST:PORT")
	}
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, nil, errors.New("MTPROTO_KEY_FILE can't be read")
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, nil, errors.New("MTPROTO_KEY_FILE has no PEM block")
	}
	key, err := x509.ParsePKCS1PublicKey(block.Bytes)
	if err != nil {
		return nil, nil, errors.New("MTPROTO_KEY_FILE has no RSA public key")
	}
	return &tg.DCOption{ID: 2, IPAddress: host, Port: n, Static: true}, key, nil
}

// options are those of the library.
func (s settings) options() telegram.Options {
	o := telegram.Options{
		SessionStorage: &session.FileStorage{Path: s.session},
		Device:         telegram.DeviceConfig{DeviceModel: "Botswain example", AppVersion: "1.0"},
	}
	if s.server != nil {
		o.DC, o.DCList = s.server.ID, dcs.List{Options: []tg.DCOption{*s.server}}
		o.Resolver = dcs.Plain(dcs.PlainOptions{})
		o.PublicKeys = []telegram.PublicKey{{RSA: s.key}}
	}
	return o
}

func setting(name, fallback string) string {
	if v := strings.TrimSpace(os.Getenv(name)); v != "" {
		return v
	}
	return fallback
}
