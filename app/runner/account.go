package runner

import (
	"errors"
	"fmt"
	"os/user"
	"strconv"

	"github.com/botswain/botswain/app/fault"
)

// Account is a user of the machine that a bot can run as.
type Account struct {
	Name     string
	Home     string
	UID, GID uint32
	Groups   []uint32 // supplementary ones, GID mostly among them
}

// LookupAccount finds a user by name or number. An unknown one is a *fault.Error with code Invalid
// at field "run_as".
func LookupAccount(name string) (Account, error) {
	u, err := user.Lookup(name)
	if _, numeric := strconv.ParseUint(name, 10, 32); err != nil && numeric == nil {
		u, err = user.LookupId(name)
	}
	var noName user.UnknownUserError
	var noNumber user.UnknownUserIdError
	if errors.As(err, &noName) || errors.As(err, &noNumber) {
		return Account{}, refuseAccount(err, "The user %q to run as does not exist on this machine.", name)
	}
	if err != nil {
		return Account{}, fmt.Errorf("look up user %q: %w", name, err)
	}
	a := Account{Name: u.Username, Home: u.HomeDir}
	if a.UID, err = number(u.Uid); err != nil {
		return Account{}, err
	}
	if a.GID, err = number(u.Gid); err != nil {
		return Account{}, err
	}
	groups, err := u.GroupIds()
	if err != nil {
		return Account{}, fmt.Errorf("list the groups of user %q: %w", name, err)
	}
	for _, g := range groups {
		id, err := number(g)
		if err != nil {
			return Account{}, err
		}
		a.Groups = append(a.Groups, id)
	}
	return a, nil
}

// Env are the variables that name the user in an environment.
func (a Account) Env() map[string]string {
	return map[string]string{"HOME": a.Home, "USER": a.Name, "LOGNAME": a.Name}
}

func number(id string) (uint32, error) {
	n, err := strconv.ParseUint(id, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("read the id of a user or group: %w", err)
	}
	return uint32(n), nil
}

func refuseAccount(cause error, format string, args ...any) *fault.Error {
	f := fault.Wrap(cause, fault.Invalid, format, args...)
	f.Fields = map[string]string{"run_as": f.Message}
	return f
}
