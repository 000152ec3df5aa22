// The package is linked from beside us and has a React of its own for its tests.
export default { resolve: { dedupe: ['react', 'react-dom'] } };
