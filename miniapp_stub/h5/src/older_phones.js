// What the bundler cannot give older web views: the few newer functions that the code uses.

Object.hasOwn ??= (object, key) => Object.prototype.hasOwnProperty.call(object, key);
