package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

// tree makes a child, which makes one of its own in a session of its own, and waits for SIGTERM. All three end
// when they are told to, and outlive a parent that ends first.
func tree() {
	grow("branch", nil)
	wait()
}

func branch() {
	grow("leaf", &syscall.SysProcAttr{Setsid: true})
	wait()
}

func grow(mode string, as *syscall.SysProcAttr) {
	child := exec.Command("/proc/self/exe", mode)
	child.SysProcAttr = as
	if err := child.Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}
