import { mount } from 'svelte';
import './design/base.css';
import App from './shell/App.svelte';

const target = document.querySelector('#app');
if (target) mount(App, { target });
