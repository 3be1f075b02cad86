// What the kits load beside the SDK. Everything is in the SDK itself, so a plugin
// is an object that does nothing.
export default { name: 'plugin' }
