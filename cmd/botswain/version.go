package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when a release is built: go build -ldflags "-X main.version=1.2.3".
var version string

// versionText is the release, or else what Go knows of the sources: a pseudo-version, or dev.
func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func (c *cli) version(_ context.Context, args []string) error {
	if err := noArgs("version", args); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.stdout, "botswain %s (%s, %s/%s)\n", versionText(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
