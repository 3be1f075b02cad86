package chat

// LoginPolicy says which devices of a user may be connected at the same time (spec/08
// §5).
type LoginPolicy string

// The policies; "" is LoginMulti.
const (
	LoginMulti  LoginPolicy = "multi"  // all platforms
	LoginSingle LoginPolicy = "single" // one device
	LoginDual   LoginPolicy = "dual"   // one, and Web
	LoginTriple LoginPolicy = "triple" // one that is mobile, one that is not, and Web
)

// Login is how many devices of a user an app admits; [Limits.DevicesPerUser] bounds them
// besides.
type Login struct {
	Policy LoginPolicy
	// Instances is how many devices of a platform may be connected with the policy multi;
	// 0: any number. That of Web counts with dual and triple too, 0 being 1 there.
	Instances map[Platform]int
}

// Class is which devices a new one of a platform competes with, and how many of them there
// may be, the new one among them; 0: any number. Linux and IoT count with Windows and
// Mac: a choice (spec/08 §5).
func (l *Login) Class(p Platform) (same func(Platform) bool, most int) {
	web := func(p Platform) bool { return p == PlatformWeb }
	switch {
	case l.Policy == LoginSingle:
		return func(Platform) bool { return true }, 1
	case (l.Policy == LoginDual || l.Policy == LoginTriple) && web(p):
		return web, max(1, l.Instances[p])
	case l.Policy == LoginDual:
		return func(p Platform) bool { return !web(p) }, 1
	case l.Policy == LoginTriple:
		mobile := p.Mobile()
		return func(p Platform) bool { return !web(p) && p.Mobile() == mobile }, 1
	}
	return func(other Platform) bool { return other == p }, l.Instances[p]
}

// Mobile reports whether devices of the platform are reached by pushes when they have lost
// their connection (spec/08 §1).
func (p Platform) Mobile() bool {
	return p == PlatformIOS || p == PlatformAndroid || p == PlatformIPad
}
