import './design/base.css';

const page = document.querySelector('#app');
const words = document.createElement('p');
words.textContent = 'No approval is open';
page?.replaceChildren(words);
