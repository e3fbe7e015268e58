// A TLS client or server on Go's crypto/tls, told what to do by key=value.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

var curves = map[string]tls.CurveID{
	"X25519MLKEM768": tls.X25519MLKEM768, "SecP256r1MLKEM768": tls.SecP256r1MLKEM768,
	"SecP384r1MLKEM1024": tls.SecP384r1MLKEM1024, "x25519": tls.X25519,
	"secp256r1": tls.CurveP256, "secp384r1": tls.CurveP384, "secp521r1": tls.CurveP521,
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func authorities(file string) *x509.CertPool {
	pem, err := os.ReadFile(file)
	check(err)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		check(fmt.Errorf("no certificate in %s", file))
	}
	return pool
}

// The certificate that is said, if any, for either side.
func identity(config *tls.Config, said map[string]string) {
	if said["chain"] == "" {
		return
	}
	pair, err := tls.LoadX509KeyPair(said["chain"], said["key"])
	check(err)
	if said["staple"] != "" {
		pair.OCSPStaple, err = os.ReadFile(said["staple"])
		check(err)
	}
	config.Certificates = []tls.Certificate{pair}
}

func client(config *tls.Config, said map[string]string) {
	config.RootCAs = authorities(said["ca"])
	config.ServerName = said["name"]
	conn, err := tls.Dial("tcp", "127.0.0.1:"+said["port"], config)
	check(err)
	if said["status"] != "" {
		fmt.Fprintln(os.Stderr, "staple", base64.StdEncoding.EncodeToString(conn.OCSPResponse()))
	}
	_, err = fmt.Fprintf(conn, "GET %s HTTP/1.0\r\n\r\n", said["path"])
	check(err)
	_, err = io.Copy(os.Stdout, conn)
	check(err)
	check(conn.Close())
}

func server(config *tls.Config, said map[string]string) {
	if said["ca"] != "" {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs = authorities(said["ca"])
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	fmt.Println("port", listener.Addr().(*net.TCPAddr).Port)
	for {
		plain, err := listener.Accept()
		check(err)
		go func() {
			conn := tls.Server(plain, config)
			defer conn.Close()
			if _, err := io.Copy(conn, conn); err != nil {
				fmt.Println("error:", err)
			}
		}()
	}
}

func main() {
	said := map[string]string{}
	for _, word := range os.Args[2:] {
		key, value, _ := strings.Cut(word, "=")
		said[key] = value
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if said["groups"] != "" {
		for _, name := range strings.Split(said["groups"], ",") {
			config.CurvePreferences = append(config.CurvePreferences, curves[name])
		}
	}
	if said["alpn"] != "" {
		config.NextProtos = strings.Split(said["alpn"], ",")
	}
	identity(config, said)
	if os.Args[1] == "client" {
		client(config, said)
	} else {
		server(config, said)
	}
}
